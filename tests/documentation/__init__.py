# SPDX-License-Identifier: Apache-2.0
"""Runs what the documentation tells its readers to type.

A page that is run says so in a comment, and comments before its blocks say
how, all of them invisible to readers:

``.. test environment: NAME``
    once, where the page begins: what the reader has by then, one of
    :data:`environments.ENVIRONMENTS`.
``.. test terminal: NAME``
    the block is typed in another terminal than the first.
``.. test until shown``
    the command goes on; what is shown of its output is waited for.
``.. test again until shown``
    the command is typed again until it prints what is shown.
``.. test status: NUMBER``
    how the last command of the block ends, where that is not 0.
``.. test file: PATH``
    the block is what the reader writes into a file.
``.. test append: PATH``
    the same, for lines at the end of a file.
``.. test not run: REASON``
    the block cannot be run here.

Blocks of the language ``console`` have commands after ``$`` (and ``>``, where
one goes on), and below each what it prints, as far as that is shown. Blocks
of other languages have to be marked. ``python -m tests.documentation PAGE...``
runs pages, with the clients' own executables, and shows what they print.
"""
