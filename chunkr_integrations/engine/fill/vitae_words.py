"""Words of curricula vitae: headings of sections, and what marks a post, a degree, an organisation. Data only."""

from __future__ import annotations

import re

__all__ = ["DEGREE", "ORGANISATION", "POST", "SECTIONS"]

# concept -> (words of a property's name; headings that documents print)
SECTIONS: dict[str, tuple[str, str]] = {
    "experience": (
        (
            "work experience; experience; employment; work history; employment history; "
            "professional experience; jobs; positions; career; career history; appointments"
        ),
        (
            "work experience; experience; professional experience; employment; employment history; "
            "work history; career history; career; relevant experience; academic appointments; appointments; "
            "positions held; professional background; career summary; professional history; "
            "academic positions; industry experience; research experience; teaching experience; "
            "academic experience; clinical experience; professional appointments; internships; "
            "work and research experience; berufserfahrung; beruflicher werdegang; praktische erfahrung; "
            "experience professionnelle; werkervaring; experiencia laboral; experiencia profesional; "
            "esperienze lavorative"
        ),
    ),
    "education": (
        "education; studies; degrees; academic background; education history; qualifications",
        (
            "education; academic background; education and training; educational background; "
            "academic qualifications; qualifications; academic education; studies; "
            "education and qualifications; ausbildung; bildungsweg; studium; formation; opleiding; "
            "formacion; educacion; istruzione"
        ),
    ),
    "skills": (
        "skills; technical skills; competencies; technologies",
        (
            "skills; technical skills; key skills; core skills; competencies; core competencies; "
            "skills and expertise; expertise; technical expertise; areas of expertise; technologies; "
            "professional skills; computer skills; skills and tools; kenntnisse; fahigkeiten; "
            "edv kenntnisse; competences; vaardigheden; habilidades; competenze"
        ),
    ),
    "languages": (
        "languages; language skills; spoken languages",
        ("languages; language skills; spoken languages; sprachen; sprachkenntnisse; langues; talen; idiomas; lingue"),
    ),
    "publications": (
        "publications; papers; articles",
        (
            "publications; selected publications; journal publications; peer reviewed publications; "
            "refereed publications; journal articles; publications and papers; research publications; "
            "refereed journal articles; veroffentlichungen"
        ),
    ),
    "awards": (
        (
            "certifications and awards; awards; honors; certifications; certificates; memberships; licenses; "
            "achievements; awards and honors; honors and awards; professional memberships"
        ),
        (
            "certifications; certificates; awards; honors; honors and awards; awards and honors; "
            "honours and awards; certifications and awards; licenses and certifications; "
            "certifications and licenses; professional memberships; memberships; affiliations; "
            "professional affiliations; awards and recognition; achievements; scholarships and awards; "
            "professional certifications; fellowships and awards; awards and fellowships; zertifikate; "
            "auszeichnungen"
        ),
    ),
    "projects": (
        "projects; selected projects",
        ("projects; selected projects; personal projects; key projects; academic projects; projekte; projets"),
    ),
    "volunteering": (
        "volunteer experience; volunteering; volunteer work; community service",
        ("volunteer experience; volunteering; volunteer work; community service; community involvement; ehrenamt"),
    ),
    "interests": (
        "interests; hobbies",
        "interests; hobbies; hobbies and interests; personal interests; interessen",
    ),
    "references": (
        "references; referees",
        "references; referees; referenzen",
    ),
    "media": (
        "media; media coverage; media appearances; press",
        (
            "media; media coverage; media appearances; press; in the media; media and press; press coverage; "
            "media mentions"
        ),
    ),
    "statement": (
        "personal statement; summary; profile; objective; about",
        (
            "summary; professional summary; profile; personal statement; personal profile; about me; about; "
            "objective; career objective; executive summary; professional profile; "
            "summary of qualifications; profil; kurzprofil"
        ),
    ),
}

POST = re.compile(
    r"\b(?:engineer|developer|programmer|"
    r"architect|manager|director|president|vice president|officer|chief|c[efot]o|head|"
    r"lead|leader|supervisor|coordinator|co-ordinator|administrator|assistant|associate|analyst|consultant|advisor|adviser|"
    r"specialist|technician|designer|professor|lecturer|instructor|teacher|tutor|researcher|scientist|fellow|scholar|"
    r"postdoc\w*|intern|internship|trainee|apprentice|representative|executive|accountant|auditor|nurse|physician|surgeon|pharmacist|"
    r"therapist|lawyer|attorney|counsel|paralegal|editor|writer|journalist|secretary|clerk|cashier|receptionist|operator|"
    r"driver|chef|cook|waiter|waitress|server|barista|buyer|planner|strategist|partner|founder|co-founder|owner|freelance\w*|"
    r"contractor|volunteer|member|chair|dean|provost|principal|curator|librarian|producer|recruiter|salesman|saleswoman|"
    r"salesperson|seller|agent|inspector|mechanic|electrician|foreman|entwickler\w*|leiter\w*|ingenieur\w*|werkstudent\w*|"
    r"berater\w*|sachbearbeiter\w*|ing\u00e9nieur\w*|directeur|directrice|responsable|stagiaire)s?\b",
    re.IGNORECASE,
)
DEGREE = re.compile(
    r"(?:\b(?:ph\.?\s?d|d\.?phil|doctor(?:ate)?|m\.?b\.?a|m\.?sc?|m\.?a|m\.?eng|m\.?ed|mphil|master(?:'s|\u2019s)?|"
    r"b\.?sc?|b\.?a|b\.?eng|b\.?tech|m\.?tech|b\.?com|llb|llm|jd|md|bachelor(?:'s|\u2019s)?|"
    r"associate(?:'s|\u2019s)? degree|diploma?|certificate|degree|high school|a-levels?|gcses?|abitur|licence|"
    r"baccalaur\w*|magister|minor|major|postgraduate|undergraduate)\b\.?)",
    re.IGNORECASE,
)
ORGANISATION = re.compile(
    r"\b(?:universit\w+|college|institute|institut\w*|school|academy|polytechnic|hochschule|fachhochschule|\u00e9cole|"
    r"ecole|gymnasium|hospital|clinic|klinik\w*|bank|agency|ministry|department of|authority|council|foundation|"
    r"association|society|labs?|laborator\w+|center|centre|company|corp(?:oration)?|inc|ltd|limited|llc|llp|plc|gmbh|ag|"
    r"s\.?a|b\.?v|n\.?v|group|holdings?|solutions|systems|technologies|technology|services|consulting|consultants|"
    r"partners|ventures|studios?|media|networks?|software|industries|logistics|pharmaceuticals?|energy|insurance|capital|"
    r"international|enterprises|digital|restaurant|hotel|stores?|bakery|district|city of|county of|state of|church|"
    r"club|trust|airlines|motors|works|mit|ucla|kaist|eth)\b",
    re.IGNORECASE,
)
