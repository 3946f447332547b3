"""Networks: each a config dataclass and a module in one file. They know arrays, not files."""
