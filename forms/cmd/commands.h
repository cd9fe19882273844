/* One line a command, in the order of `repli --help`.  No include guard: main.c includes it twice. */
COMMAND(init)
COMMAND(person)
COMMAND(station)
COMMAND(key)
COMMAND(print)
COMMAND(layout)
COMMAND(version)
