"""The built-in model compares plans with and without a belief."""

from typing import Any

from memory.offline_reading import Reading, gather, rank

MOST_NAMED = 2
AS_BEFORE = "the same answer"


def find_differences(reading: Reading) -> dict[str, Any]:
    """For every held belief the first options that would be others, or the same words twice."""
    without = _first(reading)
    differences = []
    for belief_id, _status, _topic, text in reading.held:
        about = [*reading.parts.get("About the participant", []), f"- [{belief_id}] {text}"]
        with_it = _first(Reading({**reading.parts, "About the participant": about}))
        changed = [section for section in without if with_it[section] != without[section]][:MOST_NAMED]
        named = [", ".join(plan[section] for section in changed) or AS_BEFORE for plan in (with_it, without)]
        differences.append({"belief_id": belief_id, "with_it": named[0], "without_it": named[1]})
    return {"differences": differences}


def _first(reading: Reading) -> dict[str, str]:
    """Section → the name of its first option."""
    ranked = rank(reading, gather(reading, reading.text("Message")), reading.text("Task"))
    return {section: options[0].name for section, options in ranked.items() if options}
