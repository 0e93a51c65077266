#!/bin/sh
# Makes the binary documents of the folder above from the sources beside this file.
# Needs LibreOffice, Chromium, poppler (pdftoppm), ImageMagick and Python; users do not: the results are committed.
set -eu
cd "$(dirname "$0")"
out=..
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

browse() {
    chromium --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking \
        --disable-component-update --disable-sync --user-data-dir="$work/profile" "$@" 2>/dev/null
}
office() { soffice "-env:UserInstallation=file://$work/office" --headless "$@" >/dev/null; }

# Printed from a browser, and from a word processor.
browse --no-pdf-header-footer --print-to-pdf="$out/invoice_en.pdf" "file://$PWD/invoice_en.html"
office --convert-to pdf --outdir "$out" rechnung_de.fodt service_agreement_en.fodt

# Saved by a spreadsheet program.
office --convert-to xlsx --outdir "$out" stock_list.fods

# A receipt as a picture: the page as the browser shows it, then a little unevenly lit and out of focus, as from a phone.
browse --hide-scrollbars --force-device-scale-factor=2 --window-size=384,700 \
    --screenshot="$work/receipt.png" "file://$PWD/receipt_en.html"
convert "$work/receipt.png" -colorspace Gray -blur 0x0.7 -rotate -0.4 \
    \( +clone -sparse-color bilinear '0,0 white 768,0 gray95 0,1400 gray97 768,1400 gray90' \) -compose multiply -composite \
    -colorspace Gray -depth 8 -strip -define png:compression-level=9 "$out/receipt_en.png"

# A scan of the printed invoice: 200 dpi, lying a little askew on the glass, with the sensor's noise, as one JPEG a page.
pdftoppm -r 200 -gray -singlefile "$out/invoice_en.pdf" "$work/scan"
convert "$work/scan.pgm" -background gray97 -rotate 0.7 -gravity center -extent 1654x2339 +repage \
    -blur 0x0.5 -level -4%,104% -seed 7 -attenuate 0.12 +noise Gaussian \
    -colorspace Gray -quality 32 "$work/scan.jpg"
python3 jpeg_to_pdf.py "$work/scan.jpg" "$out/invoice_en_scan.pdf" 1654 2339 200
