namespace Toka.TimeSeries.Codecs;

/// <summary>The distinct values of a column that has few.</summary>
internal static class Dictionary
{
    /// <summary>More distinct values are no dictionary.</summary>
    public const int EntriesMax = 64;

    /// <summary>The column is at least so many times longer than its dictionary.</summary>
    private const int RepeatsMin = 8;

    private const int Slots = 256;

    /// <summary>Collects them; gives up as soon as there are too many.</summary>
    /// <param name="values">The column.</param>
    /// <param name="entries">Takes them in ascending order.</param>
    /// <param name="count">How many.</param>
    public static bool TryCollect(ReadOnlySpan<long> values, Span<long> entries, out int count)
    {
        var max = Math.Min(entries.Length, values.Length / RepeatsMin);
        Span<byte> slots = stackalloc byte[Slots];
        slots.Clear();
        count = 0;
        foreach (var value in values)
        {
            var slot = (int)(((ulong)value * 0x9e37_79b9_7f4a_7c15) >> 56);
            while (slots[slot] != 0 && entries[slots[slot] - 1] != value)
            {
                slot = (slot + 1) & (Slots - 1);
            }

            if (slots[slot] != 0)
            {
                continue;
            }

            if (count == max)
            {
                return false;
            }

            entries[count++] = value;
            slots[slot] = (byte)count;
        }

        entries[..count].Sort();
        return true;
    }
}
