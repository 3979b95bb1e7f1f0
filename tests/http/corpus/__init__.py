"""Small databases of other programs, in the shapes that people have, and what must come of each.

A row says how the database is made, the report that `bearward import --from` (and, where it can be, a takeover in
place by `bearward init`) gives about it, and the users that are there afterwards. It documents what is taken over.
"""

from corpus import cells, files, models, tables
from corpus.database import hashes

DATABASES = [*tables.DATABASES, *cells.DATABASES, *files.DATABASES, *models.DATABASES]

__all__ = ["DATABASES", "hashes"]
