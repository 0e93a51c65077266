"""Legal forms of companies: the surest sign of an organisation's name. Data only."""

from __future__ import annotations

import re

__all__ = ["LEGAL"]

LEGAL = re.compile(
    r"\b(?:GmbH|GMBH|AG|KG|OHG|UG|e\.?\s?K\.?|Ltd|LTD|Limited|LIMITED|PLC|plc|LLC|LLP|LP|Inc|Corp|Corporation|PLC|Co|B\.?V|N\.?V|S\.?A|S\.?A\.?S|SARL|SAS|EURL|S\.?L|S\.?p\.?A|"
    r"S\.?r\.?l|Pvt|Pty|A/S|AB|Oy|ApS|GbR|SE|Sdn|Bhd|Company|Group|SDN|BHD|PVT|INC|CORP|CORPORATION|COMPANY|GROUP|Holdings|HOLDINGS|PTE|Pte)\b\.?",
)
