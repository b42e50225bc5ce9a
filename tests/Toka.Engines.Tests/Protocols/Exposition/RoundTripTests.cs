using System.Globalization;
using System.Text;
using CsCheck;
using Toka.Core.Labels;
using Toka.Engines.Tests.Protocols.Otlp;

namespace Toka.Engines.Tests.Protocols.Exposition;

/// <summary>Expositions written from generated families, by writers of the tests' own, and read back.</summary>
public sealed class RoundTripTests
{
    private static readonly Gen<string> ClassicName = Gen.Char["abcxyzABZ_"].Select(Gen.String[Gen.Char["abyzAZ059_"], 0, 8], static (first, rest) => first + rest);

    private static readonly Gen<string> AnyName = Gen.Frequency((4, ClassicName), (1, Gen.String[Gen.Char["ab.é☃ \"\\\n{}=,#"], 1, 6]));

    private static readonly Gen<double> Value = Gen.Frequency(
        (3, Gen.Int[-1000, 1000].Select(static whole => (double)whole)),
        (3, Gen.Double[-1e6, 1e6]),
        (2, Gen.ULong.Select(BitConverter.UInt64BitsToDouble).Where(double.IsFinite)),
        (1, Gen.Int[0, 2].Select(static i => new[] { double.NaN, double.PositiveInfinity, double.NegativeInfinity }[i])));

    private static readonly Gen<(string Name, string Value)[]> Labels =
        Gen.Select(AnyName, Gen.String[Gen.Char["abé☃ \"\\\n{}=,#t"], 1, 8]).Array[0, 5]
            .Select(static pairs => pairs.Where(static pair => pair.Item1 != "__name__").DistinctBy(static pair => pair.Item1).Select(static pair => (pair.Item1, pair.Item2)).ToArray());

    private static readonly Gen<Sample> Samples =
        Gen.Select(AnyName, Labels, Value, Gen.Long[-1L << 40, 1L << 42].Nullable(), Gen.Bool, Labels).Select(static s => new Sample(s.Item1, s.Item2, s.Item3, s.Item4, s.Item5, s.Item6));

    [Fact]
    public void Text_reads_back_as_it_was_written() => Samples.Array[0, 6].Sample(
        static samples =>
        {
            var body = new StringBuilder();
            foreach (var sample in samples)
            {
                body.Append(CultureInfo.InvariantCulture, $"{Written(sample.Name, sample.Labels)} {Reading.Number(sample.Value)}").Append(sample.TimeMs is { } ms ? FormattableString.Invariant($" {ms}") : "").Append('\n');
            }

            Assert.Equal([.. samples.Select(static sample => sample.Expected(withExemplar: false)), "end"], Reading.OfText(body.ToString()));
        },
        iter: 2000);

    [Fact]
    public void OpenMetrics_reads_back_as_it_was_written() => Samples.Array[0, 6].Sample(
        static samples =>
        {
            var body = new StringBuilder();
            foreach (var sample in samples)
            {
                body.Append(CultureInfo.InvariantCulture, $"{Written(sample.Name, sample.Labels)} {Reading.Number(sample.Value)}");
                body.Append(sample.TimeMs is { } ms ? FormattableString.Invariant($" {ms / 1000m}") : "");
                body.Append(sample.HasExemplar ? $" # {{{Pairs(sample.ExemplarLabels)}}} 0.5" : "").Append('\n');
            }

            Assert.Equal([.. samples.Select(static sample => sample.Expected(withExemplar: true)), "end"], Reading.OfOpenMetrics(body + "# EOF\n"));
        },
        iter: 2000);

    [Fact]
    public void Protobuf_reads_back_as_it_was_written() => Samples.Array[0, 6].Sample(
        static samples =>
        {
            var body = ProtobufReaderTests.Body([.. samples.Select(static sample =>
            {
                var counter = new Proto().Double(1, sample.Value);
                if (sample.HasExemplar)
                {
                    counter.Message(2, ProtobufReaderTests.Metric(new Proto().Double(2, 0.5), sample.ExemplarLabels));
                }

                var metric = ProtobufReaderTests.Metric(new Proto().Message(3, counter), sample.Labels);
                return ProtobufReaderTests.Family(sample.Name, 0, "", sample.TimeMs is { } ms ? metric.Varint(6, (ulong)ms) : metric);
            })]);
            Assert.Equal(
                [.. samples.SelectMany(static sample => new[] { $"type {sample.Name} Counter", sample.Expected(withExemplar: true) }), "end"],
                Reading.OfProtobuf(body));
        },
        iter: 2000);

    private static string Written(string name, (string Name, string Value)[] labels)
    {
        var isClassic = name.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_');
        var pairs = Pairs(labels);
        return isClassic ? pairs.Length == 0 ? name : $"{name}{{{pairs}}}" : pairs.Length == 0 ? $"{{{Quoted(name)}}}" : $"{{{Quoted(name)},{pairs}}}";
    }

    private static string Pairs((string Name, string Value)[] labels) => string.Join(',', labels.Select(static label =>
        $"{(label.Name.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_') ? label.Name : Quoted(label.Name))}={Quoted(label.Value)}"));

    private static string Quoted(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\"";

    private sealed record Sample(string Name, (string Name, string Value)[] Labels, double Value, long? TimeMs, bool HasExemplar, (string Name, string Value)[] ExemplarLabels)
    {
        public string Expected(bool withExemplar) => string.Create(
            CultureInfo.InvariantCulture,
            $"{LabelSet.Of([("__name__", Name), .. Labels])} {Reading.Number(Value)}{(TimeMs is { } ms ? $" @{ms}" : "")}{(withExemplar && HasExemplar ? $" # {LabelSet.Of(ExemplarLabels)} 0.5" : "")}");
    }
}
