"""What was done, in a plain sentence that goes on from the name: “Ada | opened the study”."""

from collections.abc import Callable
from typing import Any

from study.acts import ActBase

Said = str | Callable[[Any], str]


def sentence(act: ActBase) -> str:
    """What one act says, of a study or of the installation."""
    said = SENTENCES[act.kind]  # type: ignore[attr-defined]
    return said(act) if callable(said) else said.format(**act.model_dump())


def _role(role: str, blind: bool) -> str:
    return f"{role}, blinded to conditions" if blind else role


def _keeping(act: Any) -> str:
    done = []
    if act.old_delete_after != act.new_delete_after:
        last = act.new_delete_after
        done.append(f"decided that data may be kept until {last}" if last else "took back the last day for the data")
    if act.old_erase_own != act.new_erase_own:
        done.append(f"let participants {'' if act.new_erase_own else 'not '}erase their own data")
    return " and ".join(done) or "left how long data are kept as it was"


def _from(address: str) -> str:
    return f" from {address}" if address else ""


def _standing(act: Any) -> str:
    done = []
    if act.old_administrator != act.new_administrator:
        done.append(f"made {act.name} {'an administrator' if act.new_administrator else 'no administrator any more'}")
    if act.old_email != act.new_email:
        done.append(f"changed the e-mail of {act.name} from “{act.old_email}” to “{act.new_email}”")
    return " and ".join(done) or f"left {act.name} as they were"


SENTENCES: dict[str, Said] = {
    "study_created": "created the study “{title}” (protocol {protocol_hash:.12}, model {model})",
    "study_copied": lambda act: (
        f"made it a copy of {act.source}" + (f" with {act.sessions} sessions" if act.sessions else "")
    ),
    "status_changed": lambda act: (
        f"changed the status from {act.old} to {act.new}"
        + (f" with {act.complete} complete: {act.reason}" if act.complete else "")
    ),
    "model_changed": "changed the model from {old} to {new}",
    "version_added": lambda act: f"added version {act.number} of the protocol" + (f": {act.note}" if act.note else ""),
    "file_added": "added the file {path}",
    "file_changed": "changed the file {path}",
    "file_removed": "removed the file {path}",
    "participant_rejected": "rejected {participant}: {reason}",
    "place_freed": "freed the place of {participant}: {reason}",
    "time_extended": lambda act: (
        f"gave {act.participant} {act.new - act.old:g} more minutes" + ("" if act.whole else f" for {act.step}")
    ),
    "note_sent": "wrote a note to {participant}",
    "reply_offered": "had the failed reply to {participant} tried again",
    "moved_on": "finished {step} for {participant}: {reason}",
    "exclusion_marked": "left {participant} out of the analysis: {reason}",
    "exclusion_unmarked": "took {participant} back into the analysis: {reason}",
    "code_renamed": lambda act: (
        f"renamed the code “{act.old}” to “{act.new}”" if act.old != act.new else f"described the code “{act.new}” anew"
    ),
    "code_offered": lambda act: f"{'offered the code again' if act.offered else 'retired the code'}: “{act.name}”",
    "exported": lambda act: (
        f"exported {act.what} ({act.rows} events)"
        + (f" while results were sealed, with {act.complete} complete" if act.sealed and act.complete else "")
    ),
    "file_fetched": lambda act: f"{'read' if act.read else 'fetched'} {act.what}",
    "participant_erased": lambda act: (
        f"erased a {'simulated ' if act.simulated else ''}participant ({act.status.replace('_', ' ')})"
        + (f" and {act.files} files made from the study" if act.files else "")
    ),
    "keeping_changed": _keeping,
    "simulation_started": "had {participants} simulated participants take part (seed {seed})",
    "simulation_stopped": "stopped a simulation with {through} participants through",
    "results_unsealed": "unsealed the results with {complete} complete: {reason}",
    "results_sealed": "sealed the results again with {complete} complete",
    "report_made": lambda act: (
        f"made the report {act.file} with {act.complete} complete" + (", without outcomes" if act.sealed else "")
    ),
    "member_added": lambda act: f"took {act.name} into the study as {_role(act.role, act.blind)}",
    "member_changed": lambda act: (
        f"changed {act.name} from {_role(act.old_role, act.old_blind)} to {_role(act.new_role, act.new_blind)}"
    ),
    "member_removed": "took {name} ({role}) out of the study",
    "door_changed": "changed the door from {old} to {new}",
    "links_made": "made {count} personal links",
    "links_renewed": lambda act: (
        f"made new personal links in the place of {act.count}"
        + (f", of which {act.used} had been used" if act.used else "")
    ),
    "link_revoked": lambda act: f"revoked a personal link that {'had been used' if act.used else 'was unused'}",
    "signed_in": lambda act: f"signed in by {act.how}{_from(act.address)}",
    "sign_in_failed": lambda act: (
        f"did not get in{f' as {act.name}' if act.name else ''}{_from(act.address)}: {act.why}"
    ),
    "signed_out_everywhere": "signed {name} out everywhere",
    "password_set": "set the password of {name} ({how})",
    "researcher_invited": lambda act: (
        f"invited {act.name}{f' ({act.email})' if act.email else ''}{' as administrator' if act.administrator else ''}"
    ),
    "link_renewed": "made another one-time link for {name}",
    "standing_changed": _standing,
    "researcher_removed": "removed {name} from the installation",
    "study_deleted": "deleted the study {study} with {sessions} sessions",
}
