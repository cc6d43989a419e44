"""One lead on one sequence: begin, what is due, what is overdue, move on, end; and how things stand with her."""
