"""Reading and writing of scripts in the forms of other tools."""
