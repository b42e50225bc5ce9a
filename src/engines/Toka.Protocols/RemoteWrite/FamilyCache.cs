using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using System.Text.Unicode;
using Toka.Core.Samples;

namespace Toka.Protocols.RemoteWrite;

/// <summary>
/// Metadata as objects, made once for what comes with request after request. Bounded; when it is full it begins anew. Not
/// thread-safe.
/// </summary>
internal sealed class FamilyCache
{
    /// <summary>Families kept: more than most senders have, some MB at the most.</summary>
    private const int FamiliesMax = 4096;

    /// <summary>Bytes of what is kept; longer ones are made each time.</summary>
    private const int BytesMax = 512;

    /// <summary>The type, and how long family and unit are.</summary>
    private const int HeadBytes = 1 + (2 * sizeof(ushort));

    private readonly Dictionary<ulong, (byte[] Key, MetricMetadata Metadata)> _known = [];
    private readonly byte[] _key = new byte[BytesMax];

    /// <summary>The metadata of these texts.</summary>
    /// <returns>Null where a text is not valid UTF-8.</returns>
    public MetricMetadata? Find(ReadOnlySpan<byte> family, MetricType type, ReadOnlySpan<byte> help, ReadOnlySpan<byte> unit)
    {
        var length = HeadBytes + family.Length + help.Length + unit.Length;
        if (length > BytesMax)
        {
            return Make(family, type, help, unit);
        }

        _key[0] = (byte)type;
        BinaryPrimitives.WriteUInt16LittleEndian(_key.AsSpan(1), (ushort)family.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(_key.AsSpan(3), (ushort)unit.Length);
        family.CopyTo(_key.AsSpan(HeadBytes));
        unit.CopyTo(_key.AsSpan(HeadBytes + family.Length));
        help.CopyTo(_key.AsSpan(HeadBytes + family.Length + unit.Length));
        var key = _key.AsSpan(0, length);
        var hash = XxHash3.HashToUInt64(key);
        if (_known.TryGetValue(hash, out var known) && known.Key.AsSpan().SequenceEqual(key))
        {
            return known.Metadata;
        }

        var made = Make(family, type, help, unit);
        if (made is not null)
        {
            if (_known.Count == FamiliesMax)
            {
                _known.Clear();
            }

            _known[hash] = (key.ToArray(), made);
        }

        return made;
    }

    private static MetricMetadata? Make(ReadOnlySpan<byte> family, MetricType type, ReadOnlySpan<byte> help, ReadOnlySpan<byte> unit) =>
        Utf8.IsValid(family) && Utf8.IsValid(help) && Utf8.IsValid(unit)
            ? new MetricMetadata(Encoding.UTF8.GetString(family), type, Encoding.UTF8.GetString(help), Encoding.UTF8.GetString(unit))
            : null;
}
