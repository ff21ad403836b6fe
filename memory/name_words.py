"""The words by which names are told from other words, in English, German and Spanish. Data, no behaviour."""

ENGLISH_KIN = (
    "wife|husband|spouse|fianc[ée]e?|partner|girlfriend|boyfriend|son|daughter|baby|toddler|child|kid|friend|boss|"
    "mother|mum|mom|father|dad|grandmother|grandma|grandfather|grandpa|sister|brother|uncle|aunt|cousin|niece|nephew|"
    "colleague|neighbou?r|flatmate|roommate"
)
GERMAN_KIN = (
    "Frau|Mann|Ehefrau|Ehemann|Partner(?:in)?|Freund(?:in)?|Sohn|Tochter|Baby|Kind|Chefin|Chef|Mutter|Mama|Mutti|Vater|"
    "Papa|Oma|Opa|Großmutter|Großvater|Schwester|Bruder|Onkel|Tante|Cousine?|Nichte|Neffe|Kolleg(?:e|in)|Nachbar(?:in)?"
)
SPANISH_KIN = (
    "mujer|esposa|esposo|marido|pareja|novi[oa]|hij[oa]|bebé|niñ[oa]|amig[oa]|jef[ea]|madre|mamá|padre|papá|abuel[oa]|"
    "herman[oa]|tí[oa]|prim[oa]|sobrin[oa]|colega|compañer[oa]|vecin[oa]"
)
BEFORE_KIN = {
    ENGLISH_KIN: r"[Mm]y|[Oo]ur|[Hh]is|[Hh]er|[Tt]heir|[Yy]our|[Aa]n?|[Tt]he|[Ww]ith|[Ff]or|[Aa]nd|of|to",
    GERMAN_KIN: r"(?:[Mm]ein|[Uu]nser|[Dd]ein|[Ss]ein|[Ii]hr|[Ee]in)(?:e[mnrs]?)?|[Dd](?:ie|er|en|em)",
    SPANISH_KIN: r"[Mm]is?|[Nn]uestr[oa]s?|[Ss]us?|[Tt]us?|[Uu]na?|[Ee]l|[Ll]a|[Cc]on|[Pp]ara|de|a|y",
}
"""People → what stands before the word for them. It tells English "my son" from Spanish "los mejores son"."""

NO_NAMES = """
    i me my mine we us our ours you your yours he him his she her hers it its they them their theirs this that these
    those there here the a an and or but so if then as because since while when where why how what who which whose
    not no yes ok okay please thanks thank hello hi maybe perhaps also just only even both all some any each every
    most many much more something anything nothing everything someone everyone nobody can could would should shall
    might must do does did don is are was were am be been has have had let lets in on at by for from with
    without to of about after before until during under over near like likes love loves want wants need needs prefer
    today tomorrow tonight
    ich mich mir du dich dir er ihn ihm sie ihr ihre ihnen es wir uns man mein meine meinen meinem meiner dein deine
    sein seine unser unsere der die das den dem des ein eine einen einem einer und oder aber wenn weil dass da denn
    also dann doch nur auch nicht kein keine ja nein bitte danke hallo was wer wie wo wann warum welche ist sind war
    hat haben kann können möchte möchten wollen soll heute morgen mit ohne für von zu im am bei nach vor
    yo mí tú ti él ella ello nosotros nosotras vosotros ustedes usted ellos ellas nos os le les lo la los las el un
    una unos unas se su sus mi mis tu tus y o u pero si sí que qué quien quién como cómo cuando cuándo donde dónde
    porque pues para por con sin en de del al no ni gracias hola quiero queremos quiere necesito me te hay es son
    está hoy mañana también
    monday tuesday wednesday thursday friday saturday sunday january february march july september october november
    december christmas easter montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag januar februar
    märz mai juni juli oktober dezember weihnachten ostern lunes martes miércoles jueves viernes sábado domingo enero
    febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre navidad
"""
STOP = frozenset(NO_NAMES.split())
"""What is no name although it is capitalised and stands where a name may stand."""

FREQUENT = """
    Adam Alba Alejandra Alejandro Alex Alexander Alice Amelia Ana Andrea Andreas Andrés Anja Anna Anne Antonia Antonio
    Barbara Beatriz Ben Benjamin Birgit Carla Carlos Carmen Carolina Caroline Charlotte Chloe Christian Christina
    Claudia Clara Cristina Dani Daniel Daniela David Diego Dora Eduardo Elena Elias Elisabeth Elizabeth Ella Emilia
    Emily Emma Enrique Erik Eva Felix Fernando Finn Florian Francisco Frank Franziska Gabriel Gabriela George Guillermo
    Hannah Hanna Hans Harry Heike Helena Henry Hugo Ida Ines Inés Isabel Isabella Jack Jakob James Jan Jana Javier
    Jennifer Jessica Joaquín Johanna Johannes John Jonas Jorge José Joseph Josephine Juan Julia Julian Jürgen Karin
    Karl Katharina Kathrin Katja Kevin Klaus Lara Laura Lea Lena Leo Leon Leonie Liam Lina Lisa Lotta Louis Lucas Lucía
    Luis Luisa Lukas Luke Manuel Manuela Marco Marcus Maria María Marie Marina Mario Markus Marta Martha Martin Martina
    Mateo Matthias Max Maximilian Mia Michael Michelle Miguel Mila Moritz Nadine Natalia Nicole Niklas Nina Noah Nora
    Olga Oliver Olivia Oscar Pablo Patricia Patrick Paul Paula Pedro Peter Petra Philipp Pilar Rafael Raquel Raúl
    Rebecca Ricardo Richard Robert Roberto Rocío Rosa Sabine Samuel Sandra Sara Sarah Sebastian Sergio Silvia Simon Sofía
    Sofia Sonja Sophia Sophie Stefan Stefanie Susana Susanne Tanja Teresa Thea Theo Thomas Till Tim Tom Tomás Ursula
    Valentina Vanessa Vera Verónica Victor Vincent Wolfgang Yvonne
"""
GIVEN = frozenset(FREQUENT.split())
"""Frequent given names of the three languages: what counts where grammar cannot tell a name from a noun, as in German
("mit meiner Tochter Eis essen") or after "I'm"."""
