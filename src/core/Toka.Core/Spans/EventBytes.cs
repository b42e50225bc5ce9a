namespace Toka.Core.Spans;

/// <summary>The bytes that rows of a batch point into: written from the front, kept between uses. Not thread-safe.</summary>
public sealed class EventBytes
{
    private const int KeptBytesMax = 4 << 20;

    private byte[] _bytes = new byte[4096];

    /// <summary>How many there are.</summary>
    public int Length { get; private set; }

    /// <summary>What a slice says.</summary>
    public ReadOnlySpan<byte> this[TextSlice slice] => _bytes.AsSpan(slice.Start, slice.Length);

    /// <summary>Appends bytes.</summary>
    public TextSlice Add(scoped ReadOnlySpan<byte> bytes)
    {
        var start = Length;
        bytes.CopyTo(Reserve(bytes.Length));
        Length += bytes.Length;
        return new TextSlice(start, bytes.Length);
    }

    /// <summary>Room for so many bytes behind the last; <see cref="Advance"/> says how many were written.</summary>
    public Span<byte> Reserve(int bytes)
    {
        if (_bytes.Length - Length < bytes)
        {
            Array.Resize(ref _bytes, checked(Math.Max(_bytes.Length * 2, Length + bytes)));
        }

        return _bytes.AsSpan(Length);
    }

    /// <summary>Takes bytes for written that <see cref="Reserve"/> gave room for.</summary>
    public void Advance(int bytes) => Length += bytes;

    /// <summary>Goes back to an earlier length: what a refused row wrote is written over.</summary>
    public void Truncate(int length) => Length = Math.Min(Length, length);

    /// <summary>The bytes from a place on.</summary>
    public TextSlice From(int start) => new(start, Length - start);

    /// <summary>Forgets all; room for more than 4 MiB is given back.</summary>
    public void Clear()
    {
        Length = 0;
        if (_bytes.Length > KeptBytesMax)
        {
            _bytes = new byte[4096];
        }
    }
}
