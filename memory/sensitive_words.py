"""The words by which sensitive categories and other people are recognised, language by language. Data, no behaviour.

Every list is applied to every text: people change languages, and a model may note in English what was said in
German. So a word stands here only where it means nothing harmless in the other languages.
"""

from study.protocol import SensitiveCategory

WORDS: dict[SensitiveCategory, dict[str, str]] = {
    "health": {
        "en": r"depress\w*|anxiety disorder|cancer|hiv|diabet\w*|disease|illness|diagnos\w*|pregnan\w*|therapy|"
        r"disab(?:ility|led)|medication|mental health|addict\w*",
        "de": r"depressi\w*|angststörung\w*|krebs(?:krank\w*|patient\w*)?|zuckerkrank\w*|krank(?:e[mnrs]?|heit\w*)?|"
        r"erkrank\w*|\w*diagnos\w*|schwanger\w*|\w*therapie\w*|behinder(?:t|te[mnrs]?|ung\w*)|schwerbehinder\w*|"
        r"medikament\w*|psychisch\w*|süchtig\w*|(?:drogen|spiel|ess|mager|tabletten)sucht|alkoholiker\w*",
        "es": r"depresi\w*|deprimid[oa]s?|trastornos? (?:de ansiedad|mental(?:es)?)|cáncer|vih|enferm(?:edad\w*|[oa]s?)|diagn[oó]stic\w*|embaraz\w*|"
        r"\w*terapia\w*|discapacita\w*|discapacidad\w*|medicaci[oó]n|medicamento\w*|salud mental|adict[oa]s?|adicci\w*",
    },
    "religion": {
        "en": r"religio\w*|muslims?|christians?|catholics?|jewish|jews?|hindus?|buddhis\w*|atheis\w*|church|mosque|"
        r"synagogue|pray(?:s|ed|ing|ers?)?",
        "de": r"religiös\w*|musli(?:m|ma|me|min|minnen|misch\w*)|christ(?:en|in|innen|lich\w*)|katholi\w*|evangelisch\w*|"
        r"jud(?:e|en)|jüdi(?:n|nnen|sch\w*)|buddhist\w*|kirche|kirchgang|moschee|synagoge|bete[nt]",
        "es": r"religi(?:ón|os[oa]s?)|musulm[aá]n\w*|cristian[oa]s?|católic[oa]s?|jud[ií][oa]s?|budist\w*|ate[oa]s?|"
        r"iglesia|mezquita|sinagoga|rez(?:a|an|ar|o)|oraci[oó]n",
    },
    "politics": {
        "en": r"politic\w*|party member\w*|vot(?:e|es|ed|ing) for|left-wing|right-wing|democrats?|republicans?",
        "de": r"politi(?:k|sch\w*)|partei(?:mitglied\w*)?|wähl(?:t|e|te|en) (?:(?:die )?(?:spd|cdu|csu|fdp|afd)|die grünen)|"
        r"linksradikal\w*|rechtsradikal\w*",
        "es": r"polític\w*|afiliad[oa] a un partido|vot(?:a|o|ó|an|ar) (?:a|al|por)|republican[oa]s|de (?:izquierdas?|derechas?)",
    },
    "sexuality": {
        "en": r"gay|lesbian|bisexual|homosexual|trans(?:gender)?|queer|sexual\w*",
        "de": r"schwul\w*|lesb(?:e|en|isch\w*)|bisexuell\w*|homosexuell\w*|transsexuell\w*|sexuell\w*",
        "es": r"lesbianas?|bisexuales|homosexuales|transexual\w*|transg[eé]nero",
    },
    "origin": {
        "en": r"ethnic\w*|race|racial|immigrants?|refugees?|asylum",
        "de": r"ethni(?:e|sch\w*)|rasse|einwander(?:er\w*|in\w*|te)|migrant\w*|migrationshintergrund|flüchtling\w*|"
        r"geflüchtet\w*|asyl\w*",
        "es": r"étnic\w*|etnia|raza|inmigrantes?|migrantes?|refugiad[oa]s?|asilo",
    },
    "union": {
        "en": r"trade union\w*|union member\w*",
        "de": r"gewerkschaft\w*|betriebsrat\w*",
        "es": r"sindica(?:to\w*|list\w*|lizad\w*)",
    },
    "crime": {
        "en": r"criminal\w*|convicted|conviction|prison|arrested",
        "de": r"kriminell\w*|vorbestraft\w*|straftat\w*|straftäter\w*|verurteilt\w*|gefängnis\w*|verhaftet\w*",
        "es": r"delincuente\w*|condenad[oa]s?|cárcel|prisión|arrestad[oa]s?|antecedentes penales",
    },
}
"""Special categories of personal data (after Art. 9 and 10 GDPR): category → language → pattern of whole words."""

ENGLISH = (
    "wife|husband|partner|girlfriend|boyfriend|son|daughter|child|kid|children|friend|boss|mother|mum|mom|father|dad|"
    "parent|sister|brother|uncle|aunt|cousin|colleague|neighbou?r"
)
GERMAN = (
    "frau|mann|partner|partnerin|freund(?:e|en|in)?|sohn|söhnen?|tochter|töchtern?|kind(?:er|ern)?|chefin|chef|mutter|mama|"
    "vater|papa|eltern|oma|opa|schwestern?|brüdern?|bruder|onkel|tante|cousine?|kolleg(?:e|en|in)|nachbar(?:n|in)?"
)
SPANISH = (
    "mujer|esposa|esposo|marido|pareja|novi[oa]|hij[oa]|niñ[oa]|amig[oa]|jef[ea]|madre|mamá|padre|papá|abuel[oa]|"
    "herman[oa]|tí[oa]|prim[oa]|colega|vecin[oa]"
)
WHOLE = r"(?![-’'\w])"
"""Where the word ends: a kid, not kid-friendly and not the kid's menu."""
BETWEEN = r"(?: (?!(?:and|with|for|of|is|und|mit|für|ist|y|con|de|es)\b)[\w-]+)?"
"""A word between: "my younger sister"."""
OTHERS = (
    # Whose: "My mother …", but not "My budget …", and not "My partner and I …".
    rf"^\s*(?:my|our|his|her|their){BETWEEN} (?:{ENGLISH})(?:s|(?=[’']s))?(?![-\w])(?! (?:friendly|and (?:i|me))\b)",
    rf"^\s*(?:mein|unser|sein|ihr)(?:e[mnrs]?)?{BETWEEN} (?:{GERMAN}){WHOLE}(?! und (?:ich|mich|mir)\b)",
    rf"^\s*(?:mis?|nuestr[oa]s?|sus?){BETWEEN} (?:{SPANISH})s?{WHOLE}(?! y (?:yo|a mí)\b)",
    # Who: "Kids like …". Left out is what begins something else in another language (kind, son, chef, prima).
    rf"^\s*(?:{ENGLISH.replace('|son|', '|')})s?{WHOLE}(?! (?:friendly|menus?|safe|and (?:i|me))\b)",
    rf"^\s*(?:{GERMAN.replace('|kind(?:er|ern)?', '|kinder|kindern').replace('|chefin|chef', '')}){WHOLE}(?! und ich\b)",
    rf"^\s*(?:{SPANISH.replace('|prim[oa]|', '|')})s?{WHOLE}(?! y yo\b)",
    # What is said of them, anywhere.
    rf"\b(?:{ENGLISH})s? (?:who|is|are|has|have)\b",
    rf"\b(?:{GERMAN})(?:, (?:der|die|das)| ist| sind| hat| haben)\b",
    rf"\b(?:{SPANISH})s? (?:que|es|son|está|están|tiene|tienen)\b",
)
"""What says something about somebody else; "travels with a partner" says something about the participant."""
