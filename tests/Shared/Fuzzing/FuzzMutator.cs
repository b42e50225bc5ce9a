using System.Text;

namespace Toka.Tests.Fuzzing;

/// <summary>Makes new inputs of good ones: flipped bits, other bytes, cuts, splices with other inputs, repeats and pieces put in.</summary>
/// <param name="corpus">Good inputs, or nearly good ones.</param>
/// <param name="pieces">What means something to the parser, such as a quote or a number that is too large.</param>
internal sealed class FuzzMutator(IReadOnlyList<byte[]> corpus, IReadOnlyList<byte[]> pieces)
{
    private const int ChangesMax = 8;
    private const int CutMax = 40;
    private const int SpliceMax = 200;

    /// <summary>
    /// The longest input in bytes. It is larger than what the limits inside of messages count, and small enough that thousands
    /// pass in a second.
    /// </summary>
    private const int BytesMax = 16 * 1024;

    private readonly List<byte> _bytes = [];

    public static IReadOnlyList<byte[]> Texts(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];

    public byte[] Next(Random random)
    {
        _bytes.Clear();
        _bytes.AddRange(corpus[random.Next(corpus.Count)]);
        for (var changes = random.Next(1, ChangesMax); changes > 0; changes--)
        {
            Change(random, random.Next(_bytes.Count + 1));
        }

        return [.. _bytes.Take(BytesMax)];
    }

    private void Change(Random random, int at)
    {
        switch (random.Next(8))
        {
            case 0 when at < _bytes.Count:
                _bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when at < _bytes.Count:
                _bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                _bytes.RemoveRange(at, Math.Min(random.Next(1, CutMax), _bytes.Count - at));
                break;
            case 3 or 4 when pieces.Count > 0:
                Put(random, at, pieces[random.Next(pieces.Count)]);
                break;
            case 5:
                var other = corpus[random.Next(corpus.Count)];
                var from = random.Next(other.Length + 1);
                _bytes.InsertRange(at, other.AsSpan(from, Math.Min(random.Next(1, SpliceMax), other.Length - from)));
                break;
            case 6 when at < _bytes.Count:
                Put(random, at, [.. _bytes.GetRange(at, Math.Min(random.Next(1, CutMax), _bytes.Count - at))]);
                break;
            case 7 when random.Next(4) == 0:
                _bytes.RemoveRange(at, _bytes.Count - at);
                break;
        }
    }

    /// <summary>Once, and now and then so often that depth and number are tried too.</summary>
    private void Put(Random random, int at, byte[] piece)
    {
        var times = random.Next(50) == 0 ? random.Next(1, 1 + (BytesMax / Math.Max(1, piece.Length))) : 1;
        var bytes = new byte[piece.Length * times];
        for (var i = 0; i < times; i++)
        {
            piece.CopyTo(bytes, i * piece.Length);
        }

        _bytes.InsertRange(at, bytes);
    }
}
