using System.Buffers;
using System.Runtime.CompilerServices;

namespace Toka.Protocols.Exposition;

/// <summary>The names that need no quotes.</summary>
internal static class ExpositionNames
{
    private const string LabelBytes = "_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    private static readonly SearchValues<byte> s_metric = SearchValues.Create(System.Text.Encoding.ASCII.GetBytes(LabelBytes + ":"));

    private static readonly bool[] s_label = Table();

    /// <summary>How many bytes at the beginning of a text are the name of a metric; 0 where there is none.</summary>
    public static int MetricLength(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || char.IsAsciiDigit((char)text[0]))
        {
            return 0;
        }

        var end = text.IndexOfAnyExcept(s_metric);
        return end < 0 ? text.Length : end;
    }

    /// <summary>The same for a label, whose name is short: a loop is quicker there than a vector.</summary>
    public static int LabelLength(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || char.IsAsciiDigit((char)text[0]))
        {
            return 0;
        }

        var table = s_label;
        var at = 0;
        while (at < text.Length && table[text[at]])
        {
            at++;
        }

        return at;
    }

    /// <summary>Whether a whole text is the name of a metric that needs no quotes.</summary>
    public static bool IsMetric(ReadOnlySpan<byte> text) => !text.IsEmpty && MetricLength(text) == text.Length;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool[] Table()
    {
        var table = new bool[256];
        foreach (var c in LabelBytes)
        {
            table[c] = true;
        }

        return table;
    }
}
