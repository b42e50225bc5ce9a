using System.Globalization;
using System.Text;
using CsCheck;
using Toka.Protocols.Influx;

namespace Toka.Engines.Tests.Protocols.Influx;

/// <summary>Points written by a writer of the tests' own, and read back part by part.</summary>
public sealed class InfluxRoundTripTests
{
    // What the protocol cannot write: a backslash at the end, which would escape what follows, and line feeds outside texts.
    private static readonly Gen<string> Name = Gen.String[Gen.Char["abz019_.-é☃ ,=\\\"#"], 1, 8]
        .Where(static name => !name.EndsWith('\\') && name[0] is not ('#' or '"'));

    private static readonly Gen<(string Text, InfluxFieldKind Kind, double Value)> Value = Gen.OneOf(
        Gen.Double.Where(double.IsFinite).Select(static v => (v.ToString("R", CultureInfo.InvariantCulture), InfluxFieldKind.Float, v)),
        Gen.Long.Select(static v => (v.ToString(CultureInfo.InvariantCulture) + "i", InfluxFieldKind.Integer, (double)v)),
        Gen.ULong.Select(static v => (v.ToString(CultureInfo.InvariantCulture) + "u", InfluxFieldKind.Unsigned, (double)v)),
        Gen.Bool.Select(static v => (v ? "true" : "F", InfluxFieldKind.Boolean, v ? 1.0 : 0.0)),
        Gen.String[Gen.Char["ab \"\\\n,=é#"], 0, 10].Select(static v =>
            ($"\"{v.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"", InfluxFieldKind.Text, double.NaN)));

    private static readonly Gen<Point> Points = Gen.Select(
        Name, Gen.Select(Name, Name).Array[0, 4], Gen.Select(Name, Value).Array[1, 5], Gen.Long.Nullable()).Select(static p => new Point(p.Item1, p.Item2, p.Item3, p.Item4));

    [Fact]
    public void Points_read_back_as_they_were_written() => Points.Array[0, 6].Sample(
        static points =>
        {
            var body = Encoding.UTF8.GetBytes(string.Concat(points.Select(static point => point.Written + "\n")));
            Assert.Equal(points.Select(static point => point.Expected), Read(body));
        },
        iter: 3000);

    private static List<string> Read(byte[] body)
    {
        var found = new List<string>();
        var reader = new InfluxLineReader(body);
        while (reader.Next())
        {
            if (reader.Entry == InfluxEntry.Fault)
            {
                found.Add($"fault {reader.Fault}");
                continue;
            }

            var text = new StringBuilder(Encoding.UTF8.GetString(reader.Measurement));
            for (var i = 0; i < reader.TagCount; i++)
            {
                text.Append('|').Append(Encoding.UTF8.GetString(reader.TagKey(i))).Append('>').Append(Encoding.UTF8.GetString(reader.TagValue(i)));
            }

            for (var i = 0; i < reader.FieldCount; i++)
            {
                var value = reader.FieldKind(i) == InfluxFieldKind.Text ? Encoding.UTF8.GetString(reader.FieldText(i)) : reader.FieldValue(i).ToString("R", CultureInfo.InvariantCulture);
                text.Append('|').Append(Encoding.UTF8.GetString(reader.FieldKey(i))).Append(':').Append(reader.FieldKind(i)).Append(value);
            }

            found.Add(text.Append('@').Append(reader.Timestamp?.ToString(CultureInfo.InvariantCulture)).ToString());
        }

        return found;
    }

    private sealed record Point(
        string Measurement, (string Key, string Value)[] Tags, (string Key, (string Text, InfluxFieldKind Kind, double Value) Value)[] Fields, long? Time)
    {
        public string Written =>
            Escaped(Measurement, " ,")
            + string.Concat(Tags.Select(static tag => $",{Escaped(tag.Key, " ,=")}={Escaped(tag.Value, " ,=")}"))
            + " " + string.Join(',', Fields.Select(static f => $"{Escaped(f.Key, " ,=")}={f.Value.Text}"))
            + (Time is { } time ? " " + time.ToString(CultureInfo.InvariantCulture) : "");

        public string Expected =>
            Measurement
            + string.Concat(Tags.Select(static tag => $"|{tag.Key}>{tag.Value}"))
            + string.Concat(Fields.Select(static f => $"|{f.Key}:{f.Value.Kind}{Shown(f.Value)}"))
            + "@" + Time?.ToString(CultureInfo.InvariantCulture);

        private static string Shown((string Text, InfluxFieldKind Kind, double Value) value) =>
            value.Kind == InfluxFieldKind.Text ? value.Text[1..^1] : value.Value.ToString("R", CultureInfo.InvariantCulture);

        private static string Escaped(string text, string special) =>
            string.Concat(text.Select(c => special.Contains(c, StringComparison.Ordinal) ? "\\" + c : c.ToString()));
    }
}
