using Toka.TimeSeries.Codecs;

namespace Toka.TimeSeries.Columns;

/// <summary>Takes a payload apart; whatever is wrong with it is a <see cref="CodecException"/>.</summary>
internal ref struct PayloadInput
{
    private ByteReader _reader;

    /// <summary>Reads the begin of a payload.</summary>
    /// <param name="payload">The whole payload.</param>
    /// <param name="countMax">The most samples that a writer puts into one.</param>
    public PayloadInput(ReadOnlySpan<byte> payload, int countMax)
    {
        _reader = new ByteReader(payload);
        var version = _reader.Byte();
        if (version != PayloadOutput.Version)
        {
            throw new CodecException($"The payload is of version {version}; this toka reads version {PayloadOutput.Version}.");
        }

        Count = Varint(countMax, "The number of samples");
        if (Count == 0)
        {
            throw new CodecException("The payload has no sample.");
        }
    }

    /// <summary>The number of samples, 1 or more.</summary>
    public int Count { get; }

    public byte Byte() => _reader.Byte();

    public int Varint(int max, string what) => _reader.Varint(max, what);

    public long ZigZag() => _reader.ZigZag();

    public double Double() => System.Buffers.Binary.BinaryPrimitives.ReadDoubleLittleEndian(_reader.Take(sizeof(double)));

    public ReadOnlySpan<byte> Bytes(int count) => _reader.Take(count);

    /// <summary>Times that ascend.</summary>
    /// <param name="times">Gets them.</param>
    /// <param name="isStrict">Whether each time comes once.</param>
    public void Times(scoped Span<long> times, bool isStrict)
    {
        TimeColumn.Decode(Column(), times);
        for (var i = 1; i < times.Length; i++)
        {
            if (times[i] < times[i - 1] || (isStrict && times[i] == times[i - 1]))
            {
                throw new CodecException($"Time {i} of the payload does not come after the one before.");
            }
        }
    }

    public void Numbers(scoped Span<long> numbers) => IntColumn.Decode(Column(), numbers);

    public void Values(scoped Span<double> values) => ValueColumn.Decode(Column(), values);

    /// <summary>The end, where nothing may follow.</summary>
    public readonly void End()
    {
        if (!_reader.Rest.IsEmpty)
        {
            throw new CodecException($"The payload goes on for {_reader.Rest.Length} bytes after its end.");
        }
    }

    private ReadOnlySpan<byte> Column() => _reader.Take(_reader.Varint(int.MaxValue, "A column's length"));
}
