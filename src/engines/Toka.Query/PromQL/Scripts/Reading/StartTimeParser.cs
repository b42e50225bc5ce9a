namespace Toka.Query.PromQL.Scripts.Reading;

/// <summary>
/// Reads when counters began, relative to their samples: <c>-1m</c>, <c>-30s-1mx4</c>, <c>0x3</c>, <c>_</c> and <c>_x3</c> for
/// not known, <c>*</c> and <c>*x3</c> for as before.
/// </summary>
internal static class StartTimeParser
{
    public static List<long?> Parse(LineReader line)
    {
        var offsets = new List<long?>();
        line.SkipBlanks();
        while (!line.IsAtEnd)
        {
            ParseOne(line, offsets);
            if (!line.IsAtBlank)
            {
                throw line.Fault($"\"{line.Current}\" is too much after a start time");
            }

            if (offsets.Count > PromQlScript.PointsMax)
            {
                throw line.Fault($"there are more than {PromQlScript.PointsMax} start times");
            }

            line.SkipBlanks();
        }

        return offsets.Count > 0 ? offsets : throw line.Fault("start times are missing after @st");
    }

    private static void ParseOne(LineReader line, List<long?> offsets)
    {
        if (line.TryTake("_"))
        {
            offsets.AddRange(Enumerable.Repeat<long?>(null, line.TryTake("x") ? Positive(line) : 1));
            return;
        }

        if (line.TryTake("*"))
        {
            var before = offsets.FindLast(static offset => offset is not null) ?? 0;
            offsets.AddRange(Enumerable.Repeat<long?>(before, line.TryTake("x") ? line.TakeCount() + 1 : 1));
            return;
        }

        var first = Duration(line);
        var step = line.Current is '+' or '-' ? Duration(line) : (long?)null;
        if (step is not null && line.Current != 'x')
        {
            throw line.Fault("\"x\" and a count are missing after the step");
        }

        var count = line.TryTake("x") ? line.TakeCount() : 0;
        for (var i = 0; i <= count; i++)
        {
            offsets.Add(first + (i * step ?? 0));
        }
    }

    private static int Positive(LineReader line)
    {
        var start = line.Position;
        var count = line.TakeCount();
        return count > 0 ? count : throw line.Fault(start, "the count must be above 0");
    }

    private static long Duration(LineReader line)
    {
        var start = line.Position;
        var isNegative = line.TryTake("-");
        if (!isNegative)
        {
            line.TryTake("+");
        }

        var digits = line.Position;
        while (char.IsAsciiLetterOrDigit(line.Current) && line.Current != 'x')
        {
            line.Position++;
        }

        return LineReader.TryReadDuration(line.From(digits), out var ms)
            ? (isNegative ? -ms : ms)
            : throw line.Fault(start, $"\"{LineReader.ExcerptOf(line.From(start))}\" is no duration; write it such as -30s, -1m or 0");
    }
}
