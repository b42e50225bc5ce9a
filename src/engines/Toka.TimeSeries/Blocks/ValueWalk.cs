using System.Buffers;

namespace Toka.TimeSeries.Blocks;

/// <summary>Walks the values of a label in their order, from the beginning of a group to the last of the name.</summary>
internal ref struct ValueWalk
{
    private readonly ReadOnlySpan<byte> _values;
    private readonly int _end;
    private byte[]? _text;
    private int _length;
    private int _at;
    private int _rank;
    private int _postings;

    /// <summary>Begins at a group.</summary>
    /// <param name="values">The section.</param>
    /// <param name="offset">Where the group is.</param>
    /// <param name="postings">Where the lists of its values begin.</param>
    /// <param name="rank">The rank of its first value.</param>
    /// <param name="end">How many values the name has.</param>
    public ValueWalk(ReadOnlySpan<byte> values, int offset, int postings, int rank, int end)
    {
        _values = values;
        (_at, _postings, _rank, _end) = (offset, postings, rank, end);
        _text = ArrayPool<byte>.Shared.Rent(128);
    }

    /// <summary>The value, until the next step.</summary>
    public readonly ReadOnlySpan<byte> Text => _text.AsSpan(0, _length);

    /// <summary>What is known of it.</summary>
    public ValueEntry Entry { get; private set; }

    /// <summary>Goes to the next value.</summary>
    /// <exception cref="InvalidDataException">The bytes are not such a list.</exception>
    public bool MoveNext()
    {
        if (_rank >= _end)
        {
            return false;
        }

        var shared = Varint.ReadInt(_values, ref _at, _length);
        var rest = Varint.ReadInt(_values, ref _at, ushort.MaxValue);
        if (rest > _values.Length - _at || shared + rest > ushort.MaxValue)
        {
            throw new InvalidDataException("a value is cut short");
        }

        if (_text!.Length < shared + rest)
        {
            var larger = ArrayPool<byte>.Shared.Rent(shared + rest);
            _text.AsSpan(0, shared).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_text);
            _text = larger;
        }

        _values.Slice(_at, rest).CopyTo(_text.AsSpan(shared));
        _at += rest;
        _length = shared + rest;
        var count = Varint.ReadInt(_values, ref _at);
        var posting = Varint.ReadInt(_values, ref _at);
        Entry = count == 1 ? new ValueEntry(_rank, 1, posting, 0) : new ValueEntry(_rank, count, _postings, posting);
        _postings += Entry.PostingBytes;
        _rank++;
        return true;
    }

    /// <summary>Gives the buffer back.</summary>
    public void Dispose()
    {
        if (_text is { } text)
        {
            _text = null;
            ArrayPool<byte>.Shared.Return(text);
        }
    }
}
