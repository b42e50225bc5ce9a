using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Toka.Protocols.Otlp.Naming;

namespace Toka.Protocols.Otlp.Points;

/// <summary>
/// The labels <c>le</c> or <c>quantile</c> of a list of numbers, encoded. The points of a metric mostly have the same numbers, so
/// they are written only when they change. Reused; not thread-safe.
/// </summary>
/// <param name="name">The label's name.</param>
/// <param name="max">The most numbers.</param>
internal sealed class BoundLabels(byte[] name, int max)
{
    private readonly double[] _numbers = new double[max];
    private readonly int[] _ends = new int[max];
    private readonly byte[] _number = new byte[FloatText.BytesMax];
    private byte[] _labels = new byte[1024];
    private int _count = -1;

    /// <summary>The label's name.</summary>
    public ReadOnlySpan<byte> Name => name;

    /// <summary>Takes the numbers, in their order.</summary>
    public void Set(ReadOnlySpan<double> numbers)
    {
        // By their bits: -0 is written otherwise than 0, and NaN equals nothing.
        if (numbers.Length == _count && MemoryMarshal.AsBytes(numbers).SequenceEqual(MemoryMarshal.AsBytes(_numbers.AsSpan(0, _count))))
        {
            return;
        }

        numbers.CopyTo(_numbers);
        _count = numbers.Length;
        var at = 0;
        for (var i = 0; i < _count; i++)
        {
            var text = _number.AsSpan(0, FloatText.WritePlain(numbers[i], _number));
            if (_labels.Length < at + FloatText.BytesMax + name.Length + (2 * sizeof(ushort)))
            {
                Array.Resize(ref _labels, _labels.Length * 2);
            }

            at += Put(_labels.AsSpan(at), name);
            at += Put(_labels.AsSpan(at), text);
            _ends[i] = at;
        }
    }

    /// <summary>The label of a number by its place; a view that the next <see cref="Set"/> ends.</summary>
    public ReadOnlySpan<byte> this[int index] => _labels.AsSpan(index == 0 ? 0 : _ends[index - 1], _ends[index] - (index == 0 ? 0 : _ends[index - 1]));

    private static int Put(Span<byte> to, ReadOnlySpan<byte> text)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(to, (ushort)text.Length);
        text.CopyTo(to[sizeof(ushort)..]);
        return sizeof(ushort) + text.Length;
    }
}
