"""What providers tell us by HTTP, put into one vocabulary.

One file for each provider checks and reads its requests; `registry` names them; `record` does what follows. A parser
knows no database, and nothing is read here before it was verified.
"""
