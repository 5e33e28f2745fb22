"""What can be wrong with a database: what the operator must put right before it opens, and rows that cannot be."""


class StorageError(Exception):
    """The store cannot be opened until the operator acts; the text says on what."""


class StorageUrlError(StorageError):
    """The address of the database is not one we can use."""


class StorageFileError(StorageError):
    """The database's file or directory cannot be used."""


class NewerDatabaseError(StorageError):
    """A newer Gatepost has written this database; an older one could only damage it."""


class ImpossibleRowError(Exception):
    """A row holds what no code of ours writes; names the table, the row's id and the fault, never a secret."""

    def __init__(self, table: str, row_id: str, fault: str) -> None:
        super().__init__(f"{table} {row_id}: {fault}")


class UnreadableError(Exception):
    """A column holds what no code of ours writes; the text names no secret. The mapper adds in which row."""
