using System.Buffers;

namespace Toka.TimeSeries.Index;

/// <summary>
/// Values copied from the index, to be matched without its lock: 256 of them, or 64 KiB, at a time. Copying takes some
/// microseconds; what matching takes is up to the expression.
/// </summary>
internal sealed class ValueBatch
{
    private const int ValuesMax = 256;
    private const int BytesMax = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _bytes = new(4096);
    private readonly List<(int Key, int End)> _values = new(ValuesMax);
    private readonly List<int> _matched = new(ValuesMax);

    /// <summary>Whether it is time to match.</summary>
    public bool IsFull => _values.Count == ValuesMax || _bytes.WrittenCount >= BytesMax;

    /// <summary>Whether there is nothing to match.</summary>
    public bool IsEmpty => _values.Count == 0;

    /// <summary>The keys of those values that matched, in the order they came in.</summary>
    public List<int> Matched => _matched;

    /// <summary>Takes a value.</summary>
    /// <param name="key">What stands for it.</param>
    /// <param name="value">Copied.</param>
    public void Add(int key, ReadOnlySpan<byte> value)
    {
        _bytes.Write(value);
        _values.Add((key, _bytes.WrittenCount));
    }

    /// <summary>Matches the values and forgets them. Needs no lock.</summary>
    /// <param name="filter">Matches them.</param>
    /// <param name="wanted">Whether those are looked for that match, or those that do not.</param>
    /// <param name="cancellationToken">Seen before each value: with the worst expression one takes milliseconds.</param>
    public void Match(ValueFilter filter, bool wanted, CancellationToken cancellationToken)
    {
        _matched.Clear();
        var start = 0;
        foreach (var (key, end) in _values)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (filter.IsMatch(_bytes.WrittenSpan[start..end]) == wanted)
            {
                _matched.Add(key);
            }

            start = end;
        }

        _values.Clear();
        _bytes.ResetWrittenCount();
    }
}
