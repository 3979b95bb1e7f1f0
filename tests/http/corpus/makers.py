"""What sqlalchemy_1_4.py, sqlalchemy_2.py and sqlmodel_.py have in common: they run in an interpreter of their own."""

import json
import pathlib
import sys

MAKERS = {}


def maker(function):
    """Marks a function that makes a database: engine and hashes are its parameters, its name is the file's."""
    MAKERS[function.__name__] = function
    return function


def run(create_engine):
    """Makes all of them in the directory of the command line, with the hashes that come as JSON."""
    hashes = json.load(sys.stdin)
    for name, function in MAKERS.items():
        engine = create_engine(f"sqlite:///{pathlib.Path(sys.argv[1]) / name}.db")
        function(engine, hashes)
        engine.dispose()
