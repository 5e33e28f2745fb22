"""The pages that developers read: what can be asked for, and what each error code means."""
