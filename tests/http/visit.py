"""visit.py URL NAME PASSWORD METHOD:PATH...: opens each page as a program and as a person, who signs in and out; prints it in JSON.

Once the person has signed in, the page is asked for with METHOD as well. Run on a system of its own (own_system.py), where no test can look in.
"""

import json
import pathlib
import sys

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[1])]

from person import Person  # noqa: E402


FORGED = {"X-Auth-User": "evil", "X-Remote-User": "evil", "Remote-User": "evil"}


def visit(url, name, password, method, path):
    with Person(url) as person:
        seen = {"program": person.ask("GET", path, {"Accept": "*/*"}).status_code}
        form = person.go(path)
        seen["asked"] = form.status_code, person.visited[-1][0]
        page = person.send(form, username=name, password=password)
        seen["answer"] = page.status_code, str(page.url)
        seen["text"] = page.text
        seen["again"] = person.go(path, method, headers=FORGED).text
        person.send(person.go("/signout"), "signout")
        seen["after"] = person.fetch(path).status_code
        return seen


if __name__ == "__main__":
    url, name, password, *paths = sys.argv[1:]
    print(json.dumps({path: visit(url, name, password, path.partition(":")[0], path.partition(":")[2]) for path in paths}))
