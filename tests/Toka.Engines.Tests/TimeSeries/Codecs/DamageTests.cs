using CsCheck;
using Toka.TimeSeries.Codecs;

namespace Toka.Engines.Tests.TimeSeries.Codecs;

public sealed class DamageTests
{
    private static readonly Gen<(int At, byte Xor)[]> s_flips = Gen.Select(Gen.Int[0, 1 << 20], Gen.Byte[1, 255]).Array[1, 4];

    [Fact]
    public void Flipped_bytes_give_values_or_a_codec_exception() =>
        Gen.Select(Shapes.AnyColumn, Gen.Int[0, 3], s_flips, Gen.Int[0, 30]).Sample(static (column, kind, flips, near) =>
        {
            var bytes = Encode(column, kind);
            foreach (var (at, xor) in flips)
            {
                // Half of the flips hit the head, where the structure is.
                bytes[at % 2 == 0 ? at % bytes.Length : (at + near) % Math.Min(bytes.Length, 24)] ^= xor;
            }

            Decode(bytes, column.Length, kind);
        }, iter: 3000);

    [Fact]
    public void Cut_and_foreign_bytes_give_values_or_a_codec_exception() =>
        Gen.Select(Shapes.AnyColumn, Gen.Int[0, 3], Gen.Double[0, 1], Gen.Byte.Array[0, 40], Gen.Int[0, 4000]).Sample(static (column, kind, share, foreign, count) =>
        {
            var bytes = Encode(column, kind);
            Decode(bytes.AsSpan(0, (int)(bytes.Length * share)), column.Length, kind);
            Decode(bytes, count, kind);
            Decode(foreign, count, kind);
        }, iter: 2000);

    [Fact]
    public void Any_form_on_any_bytes_gives_values_or_a_codec_exception() =>
        Gen.Select(Gen.Byte, Gen.Byte.Array[0, 200], Gen.Int[0, 500]).Sample(static (first, rest, count) =>
        {
            byte[] bytes = [first, .. rest];
            Decode(bytes, count, 0);
            Decode(bytes, count, 1);
        }, iter: 20_000);

    [Fact]
    public void A_count_that_no_column_has_allocates_nothing()
    {
        byte[] bytes = [(byte)IntForm.Runs, 0xff, 0xff, 0xff, 0xff, 0x7f, 1, 1];
        var values = new long[10];
        Assert.Throws<CodecException>(() => IntColumn.Decode(bytes, values));
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<CodecException>(() => IntColumn.Decode(bytes, values));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 * 1024);
    }

    [Fact]
    public void What_is_wrong_is_said()
    {
        Assert.Equal("The column ends early: 1 more expected, 0 there.", Fault([]));
        Assert.Equal("A column has the form 0 at depth 0.", Fault([0]));
        Assert.Equal("A column has the form 13 at depth 0.", Fault([13]));
        Assert.Equal("A packed block has width 65.", Fault([(byte)IntForm.Packed, 0, 0, 65]));

        static string Fault(byte[] bytes) => Assert.Throws<CodecException>(() => IntColumn.Decode(bytes, new long[3])).Message;
    }

    private static byte[] Encode(long[] column, int kind) => kind switch
    {
        0 => Shapes.Encode(column),
        1 => Shapes.Encode(Shapes.As(column, static n => n / 100.0)),
        2 => Shapes.Encode(Shapes.As(column, static n => Math.Sqrt(n))),
        _ => Shapes.Encode(Shapes.As(column, static n => n % 50 == 3 ? double.NaN : n)),
    };

    private static void Decode(ReadOnlySpan<byte> bytes, int count, int kind)
    {
        try
        {
            if (kind == 0)
            {
                IntColumn.Decode(bytes, new long[count]);
            }
            else
            {
                ValueColumn.Decode(bytes, new double[count]);
            }
        }
        catch (CodecException fault)
        {
            Assert.NotEmpty(fault.Message);
        }
    }
}
