"""What an iteration costs, from the times of few and of many of them, and whether their scatter lets it be seen.

Uses nothing but Python's own library, so that its tests need nothing else either.
"""
import statistics


def iteration_seconds(short, long, iterations):
    """Seconds of each of the `iterations` by which the runs timed in `long` are longer than those timed in `short`, two times or more of each.

    {"seconds", "noise"} or, where the difference of the medians is not above its noise, {"at_most", "noise"}: a figure would say how busy the machine was.
    Noise is half the range of the short times and half that of the long ones. Of normal scatter it is 1.1 standard errors of the difference with two
    times of each, 1.8 with three; a difference of nothing passes for one in 17 and 6 of 100 cases.
    """
    difference = statistics.median(long) - statistics.median(short)
    noise = (max(short) - min(short) + max(long) - min(long)) / 2
    cost = {"noise": noise / iterations}
    cost["seconds" if difference > noise else "at_most"] = (difference if difference > noise else difference + noise) / iterations
    return cost


def fastest(rows):
    """The row with the least `ns`. None where there is none, or where a row was measured without being resolved: it may be the least."""
    measured = [row for row in rows if "error" not in row]
    if not measured or any("ns" not in row for row in measured):
        return None
    return min(measured, key=lambda row: row["ns"])


def cell(row, best=None):
    """A row as the text of a table: its nanoseconds, bold if it is the best one; their limit, with a mark, where they are not resolved."""
    if row is None:
        return "–"
    if "error" in row:
        return "failed"
    if "ns" not in row:
        return f"< {row['at_most']:.3g}¹" if row["at_most"] > 0 else "–¹"
    text = f"{row['ns']:.3g}"
    return f"**{text}**" if row is best else text


def ratio(ours, theirs):
    """How many times `theirs` takes as long as `ours`, as the text of a table."""
    return f"{theirs['ns'] / ours['ns']:.2g}" if ours and theirs and "ns" in ours and "ns" in theirs else "–"
