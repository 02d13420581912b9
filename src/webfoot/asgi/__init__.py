"""Floor 1, the contract: ASGI 3 as types, as tables of legal order, and as a guard that checks both sides."""
