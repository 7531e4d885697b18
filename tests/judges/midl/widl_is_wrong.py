"""Where widl 8.0 and Wine 8.0 are no judges of proxies, by what a method has in it, each with the reason."""

WIDL_IS_WRONG = {
    "gap": "Wine packs structures whose fields have gaps between them on the wire; C706 14.2.2 aligns each field",
    "encapsulated": "Wine does not find the arms of encapsulated unions with pointers, and ends with an exception",
    "recursive": "widl's code and format strings for structures that point to themselves do not come back",
    "conformant_structure": "Wine takes the maximum count of a structure's array from the wrong field where it holds pointers or is part of another",
    "union in structure": "Wine aligns a union inside a structure to 4; C706 14.3.8 aligns the tag and the arm each by itself",
    "ref said": "widl takes [ref] on a pointer to a pointer for both; MIDL's documentation: pointer attributes are of the top level",
    "fixed_text": "Wine leaves out texts of fixed size inside structures and unions",
    "embedded ref": "Wine leaves out the value of a reference pointer inside a structure; C706 14.3.12.3 has four octets for it",
}


def excuse(features) -> str:
    """Why another result than ours says nothing of a method with these features; empty when it does."""
    return next((why for what, why in WIDL_IS_WRONG.items() if what in features), "")
