using Toka.Core.Series;
using Toka.TimeSeries.Codecs;

namespace Toka.TimeSeries.Columns;

/// <summary>
/// When the counter of one series began, as steps: times, and how long before each the counter began. The boxes are in
/// docs/formats/samples.md.
/// </summary>
internal static class CreatedPayload
{
    /// <summary>The most steps of a payload.</summary>
    public const int SamplesMax = 1024;

    [ThreadStatic]
    private static PayloadOutput? t_output;

    /// <summary>Encodes steps until a payload is full.</summary>
    /// <param name="column">The steps.</param>
    /// <param name="start">The first one to take.</param>
    /// <param name="payload">The payload; valid until this thread encodes the next one.</param>
    /// <returns>How many were taken, 1 or more.</returns>
    public static int Encode(CreatedColumn column, int start, out ReadOnlySpan<byte> payload)
    {
        var count = Math.Min(SamplesMax, column.Count - start);
        var ages = new long[count];
        for (var i = 0; i < count; i++)
        {
            ages[i] = column.Timestamps[start + i] - column.Created[start + i];
        }

        var output = t_output ??= new PayloadOutput();
        output.Begin(count);
        output.Times(column.Timestamps.Slice(start, count));
        output.Numbers(ages);
        payload = output.Written;
        return count;
    }

    /// <summary>Decodes a payload.</summary>
    /// <param name="payload">The whole payload.</param>
    /// <param name="fromMs">The first moment wanted, inclusive: what held then is told as a step there.</param>
    /// <param name="toMs">The last moment wanted, inclusive.</param>
    /// <param name="into">Appended to; unchanged where the payload is damaged.</param>
    /// <exception cref="CodecException">The payload is damaged.</exception>
    public static void Decode(ReadOnlySpan<byte> payload, long fromMs, long toMs, CreatedColumn into)
    {
        var input = new PayloadInput(payload, SamplesMax);
        var times = new long[input.Count];
        var ages = new long[input.Count];
        input.Times(times, isStrict: true);
        input.Numbers(ages);
        input.End();
        for (var i = 0; i < times.Length && times[i] <= toMs; i++)
        {
            if (times[i] >= fromMs || i == times.Length - 1 || times[i + 1] > fromMs)
            {
                into.Add(Math.Max(times[i], fromMs), times[i] - ages[i]);
            }
        }
    }
}
