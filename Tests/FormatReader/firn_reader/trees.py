"""Tree objects: leaves and branches, and the directories they form."""

from collections.abc import Iterator
from dataclasses import dataclass

from . import limits
from .chunks import TREE
from .content import ChunkSource
from .decoding import U32, Decoder
from .errors import require
from .nodes import DIRECTORY, Node, decode_node, require_name

VERSION = 1
LEAF, BRANCH = 0, 1


@dataclass(frozen=True)
class Leaf:
    users: dict[int, bytes]
    groups: dict[int, bytes]
    nodes: list[Node]


@dataclass(frozen=True)
class Branch:
    children: list[tuple[bytes, bytes]]  # first name, tree object


def decode_tree(data: bytes, what: str) -> Leaf | Branch:
    decoder = Decoder(data, what)
    version = decoder.u8()
    require(version == VERSION, what, f"has an unknown version {version}")
    form = decoder.u8()
    require(form in (LEAF, BRANCH), what, f"has an unknown form {form}")
    tree = _leaf(decoder) if form == LEAF else _branch(decoder)
    decoder.end()
    return tree


def _leaf(decoder: Decoder) -> Leaf:
    users, groups = _names(decoder), _names(decoder)
    nodes: list[Node] = []
    for _ in range(decoder.count(16)):  # a node takes more bytes than that
        node = decode_node(decoder)
        require(not nodes or node.name > nodes[-1].name, decoder.what, "has names out of order")
        nodes.append(node)
    return Leaf(users, groups, nodes)


def _names(decoder: Decoder) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    last = -1
    for _ in range(decoder.count(2)):
        number, name = decoder.varint(U32), decoder.bytes()
        require(number > last, decoder.what, "has user or group numbers out of order")
        found[number] = name
        last = number
    return found


def _branch(decoder: Decoder) -> Branch:
    count = decoder.count(34)  # a name of one byte and an id
    require(count >= 1, decoder.what, "has no children")
    children: list[tuple[bytes, bytes]] = []
    for _ in range(count):
        first = decoder.bytes(limits.NAME)
        require_name(first, decoder.what)
        require(not children or first > children[-1][0], decoder.what, "has children out of order")
        children.append((first, decoder.id()))
    return Branch(children)


def entries(source: ChunkSource, root: bytes) -> Iterator[Node]:
    """The nodes of one directory, whatever the number of tree objects that hold them, by ascending name."""
    last: bytes | None = None
    for node in _below(source, root, None, 0):
        require(last is None or node.name > last, f"directory {root.hex()}", "has names out of order")
        last = node.name
        yield node


def _below(source: ChunkSource, identifier: bytes, first: bytes | None, depth: int) -> Iterator[Node]:
    what = f"tree {identifier.hex()}"
    tree = decode_tree(source.chunk(identifier, TREE), what)
    if isinstance(tree, Branch):
        require(depth < limits.BRANCH_DEPTH, what, "has branches that nest too deep")
        require(first is None or tree.children[0][0] == first, what, "begins with another name than its branch says")
        for name, child in tree.children:
            yield from _below(source, child, name, depth + 1)
        return
    if first is not None:
        require(bool(tree.nodes), what, "is an empty leaf below a branch")
        require(tree.nodes[0].name == first, what, "begins with another name than its branch says")
    yield from tree.nodes


def walk(source: ChunkSource, root: bytes) -> Iterator[tuple[tuple[bytes, ...], Node]]:
    """Every node below a tree with its path, each directory before what is in it, in ascending order."""
    stack: list[tuple[tuple[bytes, ...], Iterator[Node]]] = [((), entries(source, root))]
    while stack:
        parent, nodes = stack[-1]
        node = next(nodes, None)
        if node is None:
            stack.pop()
            continue
        path = (*parent, node.name)
        yield path, node
        if node.type == DIRECTORY:
            stack.append((path, entries(source, node.tree)))
