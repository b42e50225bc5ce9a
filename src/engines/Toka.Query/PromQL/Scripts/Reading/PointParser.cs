using Toka.Core.Samples;
using Toka.Query.PromQL.Ast;

namespace Toka.Query.PromQL.Scripts.Reading;

/// <summary>
/// Reads points: <c>1</c>, <c>1x3</c> (four times 1), <c>1+2x3</c>, <c>_</c>, <c>_x3</c> (three gaps), <c>stale</c>, and histograms
/// alike. Counts the points of the whole script.
/// </summary>
internal sealed class PointParser
{
    private int _count;

    public List<ScriptPoint> Parse(LineReader line)
    {
        var points = new List<ScriptPoint>();
        if (!line.IsAtBlank)
        {
            throw line.Fault($"a blank is missing before \"{line.Current}\"");
        }

        line.SkipBlanks();
        while (!line.IsAtEnd)
        {
            ParseOne(line, points);
            if (!line.IsAtBlank)
            {
                throw line.Fault($"\"{line.Current}\" is too much after a point");
            }

            line.SkipBlanks();
        }

        return points;
    }

    private void ParseOne(LineReader line, List<ScriptPoint> points)
    {
        if (line.TryTake("_"))
        {
            var at = line.Position;
            var count = line.TryTake("x") ? line.TakeCount() : 1;
            Reserve(line, at, count);
            points.AddRange(Enumerable.Repeat(new ScriptPoint(PointKind.Gap), count));
        }
        else if (line.TryTake("stale"))
        {
            Reserve(line, line.Position, 1);
            points.Add(new ScriptPoint(PointKind.Stale));
        }
        else if (line.Rest.StartsWith("{{", StringComparison.Ordinal))
        {
            ParseHistograms(line, points);
        }
        else
        {
            ParseNumbers(line, points);
        }
    }

    private void ParseNumbers(LineReader line, List<ScriptPoint> points)
    {
        var at = line.Position;
        var value = TakeNumber(line);
        var delta = line.Current is '+' or '-' ? TakeNumber(line) : (double?)null;
        var count = TakeTimes(line, at, delta is not null);

        // Added up, not multiplied: expected values come from repeated addition.
        for (var i = 0; i <= count; i++, value += delta ?? 0)
        {
            points.Add(ScriptPoint.Of(value));
        }
    }

    private void ParseHistograms(LineReader line, List<ScriptPoint> points)
    {
        var at = line.Position;
        var first = HistogramParser.Parse(line, out var isHintGiven);
        NativeHistogram? delta = null;
        var isFalling = line.Current == '-';
        if (line.Current is '+' or '-')
        {
            line.Position++;
            delta = line.Rest.StartsWith("{{", StringComparison.Ordinal) ? HistogramParser.Parse(line, out _) : throw line.Fault("a histogram {{…}} is missing here");
        }

        var count = TakeTimes(line, at, delta is not null);
        var value = first;
        points.Add(ScriptPoint.Of(value, isHintGiven));
        for (var i = 0; i < count; i++)
        {
            value = delta is null ? value : HistogramSeries.Next(line, at, value, delta, isFalling);
            points.Add(ScriptPoint.Of(value, isHintGiven));
        }
    }

    /// <summary>How often the first point is followed by another.</summary>
    private int TakeTimes(LineReader line, int start, bool isNeeded)
    {
        if (isNeeded && line.Current != 'x')
        {
            throw line.Fault("\"x\" and a count are missing after the step of the points");
        }

        var count = line.TryTake("x") ? line.TakeCount() : 0;
        Reserve(line, start, count + 1);
        return count;
    }

    private void Reserve(LineReader line, int start, int count)
    {
        _count += count;
        if (_count > PromQlScript.PointsMax)
        {
            throw line.Fault(start, $"with this line the script has more than {PromQlScript.PointsMax} points");
        }
    }

    /// <summary>A number with its sign; no hexadecimal one, as 0x10 is 0, eleven times.</summary>
    public static double TakeNumber(LineReader line)
    {
        var start = line.Position;
        if (line.Current is '+' or '-')
        {
            line.Position++;
        }

        if (line.Rest.StartsWith("inf", StringComparison.OrdinalIgnoreCase) || line.Rest.StartsWith("nan", StringComparison.OrdinalIgnoreCase))
        {
            line.Position += 3;
        }
        else
        {
            SkipDigits(line);
        }

        return NumberFormat.TryParse(line.From(start), out var value)
            ? value
            : throw line.Fault(start, $"\"{LineReader.ExcerptOf(Word(line, start))}\" is no point; points are such as 1, 1+2x3, _, stale and {{{{sum:1 count:1}}}}");
    }

    private static void SkipDigits(LineReader line)
    {
        while (char.IsAsciiDigit(line.Current) || line.Current == '.')
        {
            line.Position++;
        }

        var exponent = line.Rest.Length > 2 && line.Rest[1] is '+' or '-' ? 2 : 1;
        if (line.Current is 'e' or 'E' && line.Rest.Length > exponent && char.IsAsciiDigit(line.Rest[exponent]))
        {
            line.Position += exponent;
            while (char.IsAsciiDigit(line.Current))
            {
                line.Position++;
            }
        }
    }

    private static string Word(LineReader line, int start)
    {
        while (!line.IsAtBlank)
        {
            line.Position++;
        }

        return line.From(start);
    }
}
