"""Finds the English sentences that participants read, in the code that says them."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SPEAKERS = {"say": 2, "say_all": 1, "Sentence": 2}
"""What says a sentence, and how many of its arguments are sentences."""
SCREENS = sorted([*ROOT.glob("pages/participant/*.py"), *ROOT.glob("pages/shared/*.py"), ROOT / "pages/serving.py"])
BELOW = sorted([*(ROOT / "study").rglob("*.py"), *(ROOT / "memory").rglob("*.py")])


def spoken(file: Path) -> set[str]:
    """Every sentence that is said in a file."""
    return {node.value for node in spoken_constants(ast.parse(file.read_text(encoding="utf-8")))}


def spoken_constants(module: ast.Module) -> set[ast.Constant]:
    """The literals that reach a speaker: in the call, or in a constant of the module that is named there."""
    named = {
        target.id: node.value
        for node in module.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    found: set[ast.Constant] = set()
    for call in (node for node in ast.walk(module) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Name) and call.func.id in _speakers(module):
            for argument in call.args[: SPEAKERS[call.func.id]]:
                found.update(_literals(argument, named))
    return found


def _speakers(module: ast.Module) -> set[str]:
    """Those of them that the module imports; others may call something else by the same name."""
    imports = [node for node in module.body if isinstance(node, ast.ImportFrom)]
    return {alias.name for node in imports for alias in node.names} & set(SPEAKERS)


def _literals(node: ast.AST, named: dict[str, ast.expr]) -> Iterator[ast.Constant]:
    match node:
        case ast.Constant(value=str()):
            yield node
        case ast.Name(id=name) if name in named:
            yield from _literals(named[name], {k: v for k, v in named.items() if k != name})
        case ast.IfExp():
            yield from _literals(node.body, named)
            yield from _literals(node.orelse, named)
        case ast.Dict():
            for value in node.values:
                yield from _literals(value, named)
        case ast.Subscript():
            yield from _literals(node.value, named)
        case ast.Call(func=ast.Attribute(attr="get", value=table)):
            for part in (table, *node.args[1:]):
                yield from _literals(part, named)
        case ast.Call(args=[ast.GeneratorExp(generators=[ast.comprehension(iter=source)])]):
            yield from _literals(source, named)
        case ast.BinOp():
            yield from _literals(node.left, named)
            yield from _literals(node.right, named)
        case ast.Tuple():
            for element in node.elts:
                yield from _literals(element, named)
        case ast.JoinedStr():
            raise AssertionError(f"line {node.lineno}: a sentence with {{blanks}} and their values, not an f-string")
