using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Toka.Core.Spans;

namespace Toka.Tracing.Sampling;

/// <summary>
/// What W3C <c>tracestate</c> says of sampling in its member <c>ot</c>: with which probability a span was kept, and by which random
/// number. Text that cannot be read says nothing.
/// </summary>
/// <remarks>
/// Sources: OpenTelemetry specification, "TraceState: Probability Sampling" (<c>th</c>, the threshold of rejection of up to 14
/// hexadecimal digits without the zeros at the end, and <c>rv</c>, a random value of 14) and the experimental one before it
/// (<c>p</c>, the negative power of two of the probability). A trace is kept where its random value is not below the threshold;
/// without <c>rv</c> the last 56 bits of the trace's id are the random value.
/// </remarks>
public static class TraceStateSampling
{
    /// <summary>2^56: thresholds and random values are below it.</summary>
    public const ulong Range = 1UL << 56;

    private const int Digits = 14;

    /// <summary>p says 0 by this.</summary>
    private const int PowerOfNever = 63;

    /// <summary>How many spans stand behind one that was kept: 1 over the probability; 1 where nothing is said.</summary>
    /// <param name="traceState">W3C <c>tracestate</c>, UTF-8.</param>
    public static double AdjustedCount(ReadOnlySpan<byte> traceState)
    {
        if (traceState.IsEmpty)
        {
            return 1;
        }

        var member = Member(traceState);
        if (TryThreshold(member, out var threshold))
        {
            return Range / (double)(Range - threshold);
        }

        return Value(member, "p:"u8) is { Length: > 0 and <= 2 } power && Utf8Parser.TryParse(power, out int p, out var used) && used == power.Length && p is >= 0 and < PowerOfNever
            ? Math.ScaleB(1, p)
            : 1;
    }

    /// <summary>The threshold of rejection: 0 keeps all.</summary>
    /// <param name="traceState">W3C <c>tracestate</c>, UTF-8.</param>
    /// <returns>The threshold; 0 where nothing is said.</returns>
    public static ulong Threshold(ReadOnlySpan<byte> traceState) => TryThreshold(Member(traceState), out var threshold) ? threshold : 0;

    /// <summary>The random value of a trace, below <see cref="Range"/>.</summary>
    /// <param name="trace">The trace's id.</param>
    /// <param name="traceState">W3C <c>tracestate</c>, UTF-8.</param>
    public static ulong RandomValue(TraceId trace, ReadOnlySpan<byte> traceState) =>
        TryHex(Value(Member(traceState), "rv:"u8), isExact: true, out var random) ? random : (ulong)trace.Value & (Range - 1);

    /// <summary>The threshold that keeps a share of all traces.</summary>
    /// <param name="ratio">The share, 0 to 1; what is too small to say is 2^−56.</param>
    public static ulong ThresholdOf(double ratio) => ratio >= 1 ? 0 : Math.Min(Range - 1, Range - (ulong)Math.Round(Math.Max(0, ratio) * Range));

    /// <summary>The same <c>tracestate</c> with a threshold, which stands first as whoever changes a member must have it.</summary>
    /// <param name="traceState">W3C <c>tracestate</c>, UTF-8.</param>
    /// <param name="threshold">The threshold, below <see cref="Range"/>.</param>
    public static string WithThreshold(ReadOnlySpan<byte> traceState, ulong threshold)
    {
        var text = new StringBuilder("ot=th:");
        var digits = threshold.ToString("x14", CultureInfo.InvariantCulture).TrimEnd('0');
        text.Append(digits.Length == 0 ? "0" : digits);
        foreach (var part in Encoding.UTF8.GetString(Member(traceState)).Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!part.StartsWith("th:", StringComparison.Ordinal) && !part.StartsWith("p:", StringComparison.Ordinal))
            {
                text.Append(';').Append(part);
            }
        }

        foreach (var member in Encoding.UTF8.GetString(traceState).Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!member.StartsWith("ot=", StringComparison.Ordinal))
            {
                text.Append(',').Append(member);
            }
        }

        return text.ToString();
    }

    private static bool TryThreshold(ReadOnlySpan<byte> member, out ulong threshold) => TryHex(Value(member, "th:"u8), isExact: false, out threshold);

    private static bool TryHex(ReadOnlySpan<byte> digits, bool isExact, out ulong value)
    {
        value = 0;
        if (digits.Length is 0 or > Digits || (isExact && digits.Length != Digits)
            || !Utf8Parser.TryParse(digits, out value, out var used, 'x') || used != digits.Length)
        {
            value = 0;
            return false;
        }

        value <<= 4 * (Digits - digits.Length);
        return true;
    }

    /// <summary>The value of the member <c>ot</c>.</summary>
    private static ReadOnlySpan<byte> Member(ReadOnlySpan<byte> traceState)
    {
        while (!traceState.IsEmpty)
        {
            var comma = traceState.IndexOf((byte)',');
            var member = Trimmed(comma < 0 ? traceState : traceState[..comma]);
            if (member.StartsWith("ot="u8))
            {
                return member["ot=".Length..];
            }

            traceState = comma < 0 ? default : traceState[(comma + 1)..];
        }

        return default;
    }

    private static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> member, ReadOnlySpan<byte> key)
    {
        while (!member.IsEmpty)
        {
            var end = member.IndexOf((byte)';');
            var part = Trimmed(end < 0 ? member : member[..end]);
            if (part.StartsWith(key))
            {
                return part[key.Length..];
            }

            member = end < 0 ? default : member[(end + 1)..];
        }

        return default;
    }

    private static ReadOnlySpan<byte> Trimmed(ReadOnlySpan<byte> text) => text.Trim(" \t"u8);
}
