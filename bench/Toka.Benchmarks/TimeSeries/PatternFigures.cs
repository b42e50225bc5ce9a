using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Toka.Core.Labels.Patterns;

namespace Toka.Benchmarks.TimeSeries;

/// <summary>
/// Regular expressions on 10,000 values of a label: nanoseconds a value by <see cref="ValuePattern"/>, by its automaton alone,
/// and by .NET's engine without backtracking, which sees the value's characters; and what reading an expression takes.
/// </summary>
internal static class PatternFigures
{
    private const int Values = 10_000;
    private const int Passes = 50;

    private static readonly string[] s_patterns =
    [
        "host-0042\\.example\\.org:9100",
        "host-0001\\.example\\.org:9100|host-0500\\.example\\.org:9100|host-9999\\.example\\.org:9100",
        string.Join('|', Enumerable.Range(0, 100).Select(static i => $"host-{i * 97:D4}\\.example\\.org:9100")),
        "host-00.*",
        ".*:9100",
        ".*7\\.example.*",
        ".+",
        "(?i)HOST-00.*",
        "host-(1|2|3).*org:.+",
        "host-[0-9]+\\.example\\.org:9100",
        "(host|node)-\\d{2}[13579]\\d\\..*",
        ".*[13579]{3}.*",
        ".*a.{20}",
    ];

    public static void Print()
    {
        byte[][] values = [.. Enumerable.Range(0, Values).Select(static i => Encoding.UTF8.GetBytes($"host-{i:D4}.example.org:9100"))];
        Say($"{"ns a value: short ways",24}{"automaton",12}{".NET",10}{"ratio",8}{"read, us",10}  matches, expression");
        foreach (var pattern in s_patterns)
        {
            var compiled = ValuePattern.Parse(pattern);
            var automaton = ValuePattern.AutomatonOf(pattern);
            var regex = RegexOf(pattern);
            var matches = values.Count(value => compiled.IsMatch(value));
            var (fast, slow, dotnet) = (
                Measure(values, compiled.IsMatch),
                Measure(values, automaton.IsMatch),
                regex is null ? double.NaN : Measure(values, value =>
                {
                    Span<char> chars = stackalloc char[256];
                    return regex.IsMatch(chars[..Encoding.UTF8.GetChars(value, chars)]);
                }));
            Say($"{fast,24:F1}{slow,12:F1}{dotnet,10:F1}{dotnet / fast,8:F1}{ReadingOf(pattern),10:F1}  {matches} {(pattern.Length > 60 ? pattern[..60] + "…" : pattern)}");
        }
    }

    /// <summary>.NET's engine, or null where the expression is too large for it.</summary>
    private static Regex? RegexOf(string pattern)
    {
        try
        {
            return new Regex($@"\A(?s:{pattern})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (NotSupportedException)
        {
            return null;
        }
    }

    private delegate bool Match(ReadOnlySpan<byte> value);

    /// <summary>The least of some passes, each over all values, so that other work of the machine counts little.</summary>
    private static double Measure(byte[][] values, Match match)
    {
        var best = double.MaxValue;
        for (var pass = 0; pass < Passes; pass++)
        {
            var began = Stopwatch.GetTimestamp();
            foreach (var value in values)
            {
                match(value);
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(began).TotalNanoseconds / values.Length);
        }

        return best;
    }

    /// <summary>What reading an expression takes that the cache does not know: each time it has one more flag that says nothing.</summary>
    private static double ReadingOf(string pattern)
    {
        var best = double.MaxValue;
        for (var pass = 0; pass < Passes; pass++)
        {
            var text = string.Concat(Enumerable.Repeat("(?s)", pass + 1)) + pattern;
            var began = Stopwatch.GetTimestamp();
            ValuePattern.Parse(text);
            best = Math.Min(best, Stopwatch.GetElapsedTime(began).TotalMicroseconds);
        }

        return best;
    }

    private static void Say(string text) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{text}"));
}
