"""A valid study, and one mistake after another that somebody could make in it."""

from dataclasses import dataclass

MAIN, TASK, FORM = "study.yaml", "tasks/trip.yaml", "instruments/feelings.yaml"
FILES = {
    MAIN: """\
id: study
version: "1"
title: A study
authors: [Somebody]
model: offline
reply_timeout: 60
prices: {input: 1.5, output: 2, currency: EUR}
consent:
  version: "1"
  text: Do you agree?
factors:
  - {id: who, levels: [expert, novice]}
  - {id: how, levels: [steer, infer]}
conditions:
  - id: one
    levels: {who: expert, how: steer}
    mechanisms:
      - {name: none}
  - id: two
    levels: {who: expert, how: infer}
    mechanisms:
      - name: retrieval
        params: {top_k: 2, min_similarity: 0.2}
  - id: three
    levels: {who: novice, how: steer}
    mechanisms:
      - name: preference_controls
        params:
          controls:
            - {id: cost, type: slider, label: Cost, min: 0, max: 4}
            - {id: many, type: choice, label: How many, options: {few: One, some: Several}}
  - id: four
    levels: {who: novice, how: infer}
    mechanisms:
      - name: inferred_profile
        params: {visibility: hidden}
design:
  kind: mixed
  between: who
  orders: all
  tasks: rotated
  labels: [A, B]
  planned_participants: 24
  quota: 48
tasks: [trip, dinner]
task_rule: {min_turns: 2, min_minutes: 0, max_minutes: 10}
timeline:
  - step: consent
  - step: questionnaire
    instruments: [start, feelings]
    screen_out:
      - {instrument: start, item: years, at_most: 17}
    checks:
      - {instrument: feelings, answers: {calm: [1, 2]}, attempts: 2, on_fail: end}
  - step: instructions
    title: More
    text: For some.
    show_if: {instrument: feelings, item: calm, at_least: 3}
  - step: block
    steps:
      - {step: break, title: Pause, text: Breathe.}
      - step: task
      - step: questionnaire
        instruments: [feelings]
  - step: beliefs
    conditions: [two]
  - step: debrief
    title: Thanks
    text: Bye.
completion:
  code: DONE
endings:
  screened_out: {text: Sorry., code: OUT}
analysis:
  contrasts:
    - [one, two]
""",
    TASK: """\
id: trip
title: A trip
brief: Plan it.
opening: Hello.
sections:
  - {id: stay, title: Stay}
attributes:
  price:
    label: Price
    question: How much?
    values: {low: [cheap], high: [luxury]}
catalogue:
  - {id: inn, name: Inn, section: stay, attributes: {price: low}}
  - {id: palace, name: Palace, section: stay, attributes: {price: high}}
""",
    FORM: """\
id: feelings
version: "1"
title: Feelings
source: {citation: written for the tests, licence: CC0-1.0}
order: fixed
items:
  - {id: calm, text: Calm, type: likert, min: 1, max: 7, low: no, high: very}
  - {id: share, text: Which share, type: slider, min: 0, max: 1, step: 0.1}
  - {id: colour, text: Which, type: single, options: [{value: red, label: Red}, {value: blue, label: Blue}]}
  - {id: since, text: Since when, type: date, earliest: 2020-01-01, latest: 2026-12-31}
scoring:
  - {id: calmness, name: Calmness, items: [calm], range: [1, 7]}
""".replace("low: no", 'low: "no"'),
    "instruments/start.yaml": """\
id: start
version: "1"
title: Start
source: {citation: written for the tests, licence: CC0-1.0}
items:
  - {id: years, text: How old, type: number, min: 0, max: 120}
""",
}
FILES["tasks/dinner.yaml"] = FILES[TASK].replace("id: trip", "id: dinner")


@dataclass(frozen=True)
class Broken:
    """One mistake: in `file` the text `before` became `after`; what is said, and where.

    `place` is a path in the file, or `line n, column m` for what is no YAML. The line is that of the
    first changed line, unless `line` says otherwise (0: none is known).
    """

    before: str
    after: str
    place: str
    words: str
    file: str = MAIN
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.after[:40]!r}"


SYNTAX = [
    Broken("title: A study", "title: [A study", "line 4, column 8", "is not valid YAML"),
    Broken("title: A study", "title: A: study", "line 3, column 9", "mapping values are not allowed"),
    Broken("title: A study", "title: 'A study", "line 77, column 1", "(it began at line 3, column 8)"),
    Broken("  text: Do you", "\ttext: Do you", "line 10, column 1", "not with tabs"),
    Broken("  text: Do you", "   text: Do you", "line 10, column 4", "while parsing a block mapping"),
    Broken("id: study", "- id: study", "line 2, column 1", "is not valid YAML"),
    Broken("id: study", "%id: study", "line 1, column 4", "is not valid YAML"),
    Broken("id: study", "---\nid: study\n---\nid: study", "line 3, column 1", "single document"),
    Broken("id: study", "id: *study", "line 1, column 5", "undefined alias"),
    Broken("id: study", "id: &a study\nversoin: &a 2", "line 2, column 10", "duplicate anchor"),
    Broken(
        "id: study", "id: !!python/name:os.system", "line 1, column 5", "tag !!python/name:os.system is not allowed"
    ),
    Broken("id: study", "id: !study x", "line 1, column 5", "tag !study is not allowed"),
    Broken("tasks: [trip, dinner]", "tasks: !!set {trip, dinner}", "line 45, column 8", "tag !!set is not allowed"),
    Broken("title: A study", 'title: "\\UFFFFFFFF"', "line 3", "is not valid YAML"),
    Broken("title: A study", 'title: "half \\uD800"', "line 3, column 8", "cannot be stored"),
    Broken("title: A study", 'title: "none \\0"', "line 3, column 8", "cannot be stored"),
    Broken("title: A study", "title: \x07", "line 3", "a character that no text may hold"),
    Broken("title: A study", "title: &a [*a]", "line 3, column 12", "stands inside what it is the name of"),
    Broken("title: A study", "<<: A study", "line 3, column 5", "expected a mapping"),
    Broken("title: A study", "title: " + "[" * 60, "line 3, column 47", "more than 40 levels deep"),
    Broken("title: A study", "title: " + "{a: " * 60, "line 3, column 161", "more than 40 levels deep"),
    Broken("title: A study", "title: " + "- " * 60, "line 3, column 8", "not allowed here"),
]
DEEP = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 60))
WIDE = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
MERGED = "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}], k{n}: 1}}\n" for n in range(1, 40))
BOMBS = [
    Broken("id: study", DEEP + "id: study", "line 40, column 6", "aliases are followed"),
    Broken("id: study", WIDE + "id: study", "line 17, column 6", "holds more than 200000 values"),
    Broken("id: study", MERGED + "id: study", "line 16, column 16", "holds more than 200000 values"),
    Broken("title: A study", "title: " + "[a, b], " * 70_000, "", "is larger than 500000 bytes", line=0),
]
KEYS = [
    Broken("title: A study", "title: A study\ntitle: B", "line 4, column 1", "'title' stands twice in one mapping, first at line 3, column 1"),
    Broken("id: study", "id: study\ntitle: B", "line 4, column 1", "first at line 2, column 1"),
    Broken("{name: none}", "{name: none, name: none}", "line 18, column 22", "'name' stands twice"),
    Broken("  - id: one", "  - id: one\n    id: uno", "line 16, column 5", "first at line 15, column 5"),
    Broken("brief: Plan it.", "brief: Plan it.\ntitle: B", "line 4, column 1", "'title' stands twice", TASK),
    Broken("{few: One, some: Several}", "{no: One, some: Several}", "line 31, column 67", "key must be a text; 'no' is read as true or false"),
    Broken("{few: One, some: Several}", "{1: One, 2: Several}", "line 31, column 67", "'1' is read as a number"),
    Broken("{few: One, some: Several}", "{2026-01-05: One}", "line 31, column 67", "'2026-01-05' is read as a date"),
    Broken("{low: [cheap]", "{~: [cheap]", "line 11, column 14", "'~' is read as nothing", TASK),
    Broken("{low: [cheap]", "{[low]: [cheap]", "line 11, column 14", "a key must be a text", TASK),
    Broken("version: \"1\"\ntitle", "versoin: \"1\"\ntitle", "versoin", "Did you mean 'version'?"),
    Broken("  text: Do you", "  txt: Do you", "consent.txt", "Did you mean 'text'?"),
    Broken("levels: [expert", "level: [expert", "factors[0].level", "Did you mean 'levels'?"),
    Broken("    mechanisms:\n      - {name: none}", "    mechanism:\n      - {name: none}", "conditions[0].mechanism", "Did you mean 'mechanisms'?"),
    Broken("{name: none}", "{name: none, parms: {}}", "conditions[0].mechanisms[0].parms", "Did you mean 'params'?"),
    Broken("{top_k: 2,", "{topk: 2,", "conditions[1].mechanisms[0].params.topk", "Did you mean 'top_k'?"),
    Broken("label: Cost,", "lable: Cost,", "conditions[2].mechanisms[0].params.controls[0].lable", "Did you mean 'label'?"),
    Broken("  orders: all", "  order: all", "design.order", "Did you mean 'orders'?"),
    Broken("{min_turns: 2", "{min_turn: 2", "task_rule.min_turn", "Did you mean 'min_turns'?"),
    Broken("    title: More", "    titel: More", "timeline[2].titel", "Did you mean 'title'?"),
    Broken("item: years, at_most", "item: years, atmost", "timeline[1].screen_out[0].atmost", "Did you mean 'at_most'?"),
    Broken("attempts: 2", "attempt: 2", "timeline[1].checks[0].attempt", "Did you mean 'attempts'?"),
    Broken("title: Pause", "titel: Pause", "timeline[3].steps[0].titel", "Did you mean 'title'?"),
    Broken("code: OUT", "coed: OUT", "endings.screened_out.coed", "Did you mean 'code'?"),
    Broken("  contrasts:", "  contrast:", "analysis.contrast", "Did you mean 'contrasts'?"),
    Broken("currency: EUR", "curency: EUR", "prices.curency", "Did you mean 'currency'?"),
    Broken("opening: Hello.", "openning: Hello.", "openning", "Did you mean 'opening'?", TASK),
    Broken("name: Inn,", "nam: Inn,", "catalogue[0].nam", "Did you mean 'name'?", TASK),
    Broken("text: Calm", "txt: Calm", "items[0].txt", "Did you mean 'text'?", FORM),
    Broken("licence: CC0-1.0", "license: CC0-1.0", "source.license", "Did you mean 'licence'?", FORM),
    Broken("name: Calmness", "nmae: Calmness", "scoring[0].nmae", "Did you mean 'name'?", FORM),
]  # fmt: skip
MISSING = [
    Broken("title: A study\n", "", "title", "is missing", line=1),
    Broken('  version: "1"\n  text', "  text", "consent.version", "is missing", line=8),
    Broken("  - id: one\n    levels", "  - levels", "conditions[0].id", "is missing"),
    Broken("      - {name: none}", "      - {params: {}}", "conditions[0].mechanisms[0].name", "is missing"),
    Broken("{id: cost, type", "{type", "conditions[2].mechanisms[0].params.controls[0].id", "is missing"),
    Broken("tasks: [trip, dinner]\n", "", "tasks", "is missing", line=1),
    Broken("completion:\n  code: DONE\n", "", "completion", "is missing", line=1),
    Broken("  - step: instructions\n    title: More", "  - title: More", "timeline[2].step", "is missing"),
    Broken("    title: More\n", "", "timeline[2].title", "is missing", line=55),
    Broken("{instrument: start, item: years,", "{instrument: start,", "timeline[1].screen_out[0].item", "is missing"),
    Broken("opening: Hello.\n", "", "opening", "is missing", TASK, 1),
    Broken("source: {citation: written for the tests, licence: CC0-1.0}\n", "", "source", "is missing", FORM, 1),
    Broken(", type: likert", "", "items[0].type", "is missing", FORM),
]
TYPES = [
    Broken("title: A study", "title: no", "title", 'must be a text. YAML reads no as false; for the text write "no"'),
    Broken("title: A study", "title: 2026-01-05", "title", "YAML reads 2026-01-05 as a date"),
    Broken("title: A study", "title: 12", "title", "YAML reads 12 as a number"),
    Broken("title: A study", "title:", "title", "Nothing is written there"),
    Broken("title: A study", "title: null", "title", "YAML reads null as nothing"),
    Broken("title: A study", "title: {a: 1}", "title", "must be a text"),
    Broken("version: \"1\"\ntitle", "version: 1\ntitle", "version", "YAML reads 1 as a number"),
    Broken("version: \"1\"\ntitle", "version: 010\ntitle", "line 2, column 10", "010 is read as the number 8"),
    Broken("version: \"1\"\ntitle", "version: 1:30\ntitle", "line 2, column 10", "1:30 is read as the number 90"),
    Broken("version: \"1\"\ntitle", "version: 2026-02-30\ntitle", "line 2, column 10", "a date that there cannot be"),
    Broken("authors: [Somebody]", "authors: Somebody", "authors", "must be a list"),
    Broken("authors: [Somebody]", "authors: [off]", "authors[0]", "YAML reads off as false"),
    Broken("reply_timeout: 60", "reply_timeout: soon", "reply_timeout", "must be a number. Found: 'soon'."),
    Broken("reply_timeout: 60", "reply_timeout: 601", "reply_timeout", "must be at most 600"),
    Broken("reply_timeout: 60", "reply_timeout: 0", "reply_timeout", "must be more than 0"),
    Broken("reply_timeout: 60", "reply_timeout: .inf", "reply_timeout", "a finite number"),
    Broken("input: 1.5", "input: -1", "prices.input", "must be at least 0"),
    Broken("currency: EUR", "currency: European money", "prices.currency", "a text of at most 8 characters"),
    Broken("text: Do you agree?", 'text: ""', "consent.text", "a text of at least 1 characters"),
    Broken("planned_participants: 24", "planned_participants: 2.5", "design.planned_participants", "a whole number"),
    Broken("planned_participants: 24", "planned_participants: 1e3", "design.planned_participants", "'1e3' is read as a text; write 1000."),
    Broken("quota: 48", "quota: 0", "design.quota", "must be at least 1"),
    Broken("min_turns: 2", "min_turns: many", "task_rule.min_turns", "must be a whole number"),
    Broken("orders: all", "orders: latn", "design.orders", "Did you mean 'latin'?"),
    Broken("kind: mixed", "kind: beetween", "design.kind", "Did you mean 'between'?"),
    Broken("  kind: mixed", "  kind: no", "design.kind", "YAML reads no as false"),
    Broken("labels: [A, B]", "labels: [A, yes]", "design.labels[1]", "YAML reads yes as true"),
    Broken("- step: beliefs", "- step: belief", "timeline[4].step", "'belief' is not known here. Did you mean 'beliefs'?"),
    Broken("- step: consent", "- consent", "timeline[0]", "must be a mapping of keys to values"),
    Broken("      - step: task", "      - step: consent", "timeline[3].steps[1].step", "'consent' is not known here"),
    Broken("{calm: [1, 2]}", "{calm: 1}", "timeline[1].checks[0].answers.calm", "must be a list"),
    Broken("{calm: [1, 2]}", "{calm: [no]}", "timeline[1].checks[0].answers.calm[0]", "YAML reads no as false"),
    Broken("{calm: [1, 2]}", "{Calm: [1]}", "timeline[1].checks[0].answers.Calm", "an id: small letters"),
    Broken("attempts: 2", "attempts: 11", "timeline[1].checks[0].attempts", "must be at most 10"),
    Broken("on_fail: end", "on_fail: goon", "timeline[1].checks[0].on_fail", "Did you mean 'go_on'?"),
    Broken("calm, at_least: 3", "calm, equals: true", "timeline[2].show_if.equals", "must be a number or a text"),
    Broken("  code: DONE", "  code: DONE\n  redirect_url: javascript:x", "completion.redirect_url", "begins with http:// or https://"),
    Broken("  screened_out: {", "  screened: {", "endings.screened", "Did you mean 'screened_out'?"),
    Broken("{name: none}", "none", "conditions[0].mechanisms[0]", "must be a mapping"),
    Broken("id: study", "id: ../../etc/passwd", "id", "an id: small letters"),
    Broken("id: study", "id: " + "a" * 61, "id", "a text of at most 60 characters"),
    Broken("min: 1, max: 7, low", "min: one, max: 7, low", "items[0].min", "must be a number", FORM),
    Broken("order: fixed", "order: radnom", "order", "Did you mean 'random'?", FORM),
    Broken("type: likert", "type: lickert", "items[0].type", "Did you mean 'likert'?", FORM),
    Broken("earliest: 2020-01-01", "earliest: long ago", "items[3].earliest", "a date such as 2026-03-31", FORM),
    Broken("options: [{value: red", "options: [{value: no", "items[2].options[0].value", "YAML reads no as false", FORM),
    Broken("label: Blue}]", "label: Blue}], required: perhaps", "items[2].required", "must be true or false", FORM),
]  # fmt: skip
MECHANISM = [
    Broken("name: retrieval", "name: retreival", "conditions[1].mechanisms[0].name", "Did you mean 'retrieval'?"),
    Broken("top_k: 2", "top_k: 0", "conditions[1].mechanisms[0].params.top_k", "must be at least 1"),
    Broken("top_k: 2", "top_k: two", "conditions[1].mechanisms[0].params.top_k", "must be a whole number"),
    Broken("min_similarity: 0.2", "min_similarity: 1.2", "conditions[1].mechanisms[0].params.min_similarity", "at most 1"),
    Broken("visibility: hidden", "visibility: hiden", "conditions[3].mechanisms[0].params.visibility", "Did you mean 'hidden'?"),
    Broken("type: slider, label", "type: slidr, label", "conditions[2].mechanisms[0].params.controls[0].type", "Did you mean 'slider'?"),
    Broken("min: 0, max: 4", "min: 4, max: 4", "conditions[2].mechanisms[0].params.controls[0]", "needs min < max"),
    Broken("id: many", "id: cost", "conditions[2].mechanisms[0].params", "ids of controls must be unique", line=28),
    Broken("        params: {visibility: hidden}", "        params: [hidden]", "conditions[3].mechanisms[0].params", "must be a mapping"),
    Broken(", options: {few: One, some: Several}", "", "conditions[2].mechanisms[0].params.controls[1]", "needs options"),
]  # fmt: skip
DESIGN = [
    Broken("- id: two", "- id: one", "conditions", "ids must be unique", line=14),
    Broken("[trip, dinner]", "[trip, trip]", "tasks", "ids must be unique"),
    Broken("  - {id: how", "  - {id: how, levels: [steer, infer]}\n  - {id: how", "factors", "ids must be unique", line=11),
    Broken("levels: [expert, novice]", "levels: [expert]", "factors[0].levels", "a list of at least 2"),
    Broken("{who: expert, how: steer}", "{who: wizard, how: steer}", "conditions[0].levels", "'who: wizard' is not declared"),
    Broken("{who: expert, how: steer}", "{who: expert}", "conditions[0].levels", "says nothing about how"),
    Broken("  between: who\n", "", "design.between", "a mixed design, and only that, names", line=37),
    Broken("kind: mixed", "kind: within", "design.between", "a mixed design, and only that, names", line=39),
    Broken("between: who", "between: age", "design.between", "there is no factor 'age'"),
    Broken("labels: [A, B]", "labels: [A]", "design.labels", "2 conditions need as many labels"),
    Broken("labels: [A, B]", "labels: [A, A]", "design.labels", "must differ from each other"),
    Broken("[trip, dinner]", "[trip]", "tasks", "2 conditions need at least as many tasks"),
    Broken("[trip, dinner]", "[]", "tasks", "a list of at least 1"),
    Broken("[trip, dinner]", "trip", "tasks", "must be a list of ids"),
    Broken("    - [one, two]", "    - [one, five]", "analysis.contrasts[0]", "unknown condition 'five'"),
    Broken("    - [one, two]", "    - [one]", "analysis.contrasts[0][1]", "is missing"),
]  # fmt: skip
REFERENCES = [
    Broken("conditions: [two]", "conditions: [five]", "timeline[4].conditions", "unknown condition 'five'"),
    Broken("conditions: [two]", "conditions: []", "timeline[4].conditions", "a list of at least 1"),
    Broken("[trip, dinner]", "[trip, diner]", "tasks[1]", "Did you mean 'dinner'?"),
    Broken("[start, feelings]", "[start, feeling]", "timeline[1].instruments[1]", "Did you mean 'feelings'?"),
    Broken("[start, feelings]", "[start, start, feelings]", "timeline[1].instruments", "asks 'start' twice"),
    Broken("        instruments: [feelings]", "        instruments: [moods]", "timeline[3].steps[2].instruments[0]", "there is no instruments/moods"),
    Broken("{instrument: start, item", "{instrument: begin, item", "timeline[1].screen_out[0]", "which this step does not ask"),
    Broken("start, item: years", "start, item: age", "timeline[1].screen_out[0]", "'start' has no item 'age'"),
    Broken("{instrument: feelings, answers", "{instrument: moods, answers", "timeline[1].checks[0]", "which this step does not ask"),
    Broken("{calm: [1, 2]}", "{clam: [1, 2]}", "timeline[1].checks[0]", "'feelings' has no item 'clam'"),
    Broken("{calm: [1, 2]}", "{calm: [8]}", "timeline[1].checks[0]", "nobody can answer 8 to 'calm'"),
    Broken("{calm: [1, 2]}", "{colour: [green]}", "timeline[1].checks[0]", "nobody can answer 'green' to 'colour'"),
    Broken("{calm: [1, 2]}", "{}", "timeline[1].checks[0].answers", "a list of at least 1"),
    Broken("feelings, item: calm, at_least", "feelings, item: clam, at_least", "timeline[2].show_if", "'feelings' has no item 'clam'"),
    Broken("calm, at_least: 3", "calm, equals: 9", "timeline[2].show_if", "nobody can answer 9 to 'calm'"),
    Broken("calm, at_least: 3", "calm", "timeline[2].show_if", "needs one of equals, any_of, at_least, at_most"),
    Broken("{instrument: feelings, item: calm, at", "{instrument: moods, item: calm, at", "timeline[2].show_if", "before it is asked"),
    Broken("    screen_out", "    show_if: {instrument: feelings, item: calm, equals: 1}\n    screen_out", "timeline[1].show_if", "before it"),
    Broken("  - step: beliefs", "  - {step: block, steps: [{step: task}]}\n  - step: beliefs", "timeline", "at most one block", line=47),
]  # fmt: skip
PATHS = [
    Broken("[trip, dinner]", "[../../etc/passwd, dinner]", "tasks[0]", "'../../etc/passwd' is not an id"),
    Broken("[trip, dinner]", "[/etc/passwd, dinner]", "tasks[0]", "'/etc/passwd' is not an id"),
    Broken("[trip, dinner]", "[tasks/trip, dinner]", "tasks[0]", "is not an id"),
    Broken("[trip, dinner]", "[trip.yaml, dinner]", "tasks[0]", "is not an id"),
    Broken("[trip, dinner]", "['~root', dinner]", "tasks[0]", "is not an id"),
    Broken("[trip, dinner]", "[{a: 1}, dinner]", "tasks[0]", "is not an id"),
    Broken("[trip, dinner]", "[5, dinner]", "tasks[0]", "'5' is not an id"),
    Broken("[trip, dinner]", f"[{'t' * 300}, dinner]", "tasks[0]", "is not an id"),
    Broken("[start, feelings]", "[../tasks/trip, feelings]", "timeline[1].instruments[0]", "'../tasks/trip' is not an id"),
    Broken("[start, feelings]", "[start, 'C:\\feelings']", "timeline[1].instruments[1]", "is not an id"),
    Broken("[start, feelings]", "[START, feelings]", "timeline[1].instruments[0]", "is not an id"),
]  # fmt: skip
INCLUDED = [
    Broken("id: trip", "id: journey", "id", "is 'journey' in a file that is called 'trip'", TASK),
    Broken("section: stay, attributes: {price: low}", "section: cellar, attributes: {price: low}", "", "names the unknown section 'cellar'", TASK, 0),
    Broken("{price: low}", "{price: middling}", "", "'price: middling' is not declared in attributes", TASK, 0),
    Broken("{price: low}", "{size: low}", "", "'size: low' is not declared in attributes", TASK, 0),
    Broken("id: palace", "id: inn", "", "option ids must be unique", TASK, 0),
    Broken("  - {id: stay, title: Stay}", "  []", "sections", "a plan has sections and a catalogue", TASK, 5),
    Broken("id: inn,", "id: The Inn,", "catalogue[0].id", "an id: small letters", TASK),
    Broken("[cheap], high", "cheap, high", "attributes.price.values.low", "must be a list", TASK),
    Broken("id: share", "id: calm", "", "item ids must be unique", FORM, 0),
    Broken("min: 1, max: 7, low", "min: 7, max: 7, low", "items[0]", "needs min < max", FORM),
    Broken("step: 0.1", "step: 0.3", "items[1]", "do not lead from min to max", FORM),
    Broken("step: 0.1", "step: 0.0001", "items[1]", "more than 1000 points", FORM),
    Broken("step: 0.1", "step: 0", "items[1].step", "must be more than 0", FORM),
    Broken("options: [{value: red, label: Red}, {value: blue, label: Blue}]", "options: []", "items[2]", "needs options", FORM),
    Broken("value: blue", "value: red", "items[2]", "offers the same value twice", FORM),
    Broken("options: [{value: red, label: Red}, {value: blue, label: Blue}]", "options: condition", "items[2].options", "mean 'conditions'", FORM),
    Broken("latest: 2026-12-31", "latest: 2019-12-31", "items[3]", "needs earliest ≤ latest", FORM),
    Broken("text: Calm, ", "", "", "items without text: calm", FORM, 0),
    Broken("items: [calm]", "items: [clam]", "", "names unknown items: clam", FORM, 0),
    Broken("items: [calm]", "items: [colour]", "", "scores items that give no number: colour", FORM, 0),
    Broken("[1, 7]", "[1]", "scoring[0].range[1]", "is missing", FORM),
    Broken("type: likert, ", "type: likert, matrix: true, labels: [a, b], ", "items[0]", "has 2 labels for 7 points", FORM),
]  # fmt: skip
BROKEN = [*SYNTAX, *BOMBS, *KEYS, *MISSING, *TYPES, *MECHANISM, *DESIGN, *REFERENCES, *PATHS, *INCLUDED]
