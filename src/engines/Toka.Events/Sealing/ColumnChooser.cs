using System.Globalization;
using Toka.Core.Attributes;
using Toka.Events.Duck;
using Toka.Events.Indexes;

namespace Toka.Events.Sealing;

/// <summary>Says which attributes of a table get columns of their own: those that are frequent among a sample of its rows.</summary>
internal static class ColumnChooser
{
    // A column costs a few bytes for each granule even where it is empty: what one row of a hundred has is worth it, and 64 of them.
    private const int ColumnsMax = 64;
    private const int SampleRows = 10_000;
    private const double ShareMin = 0.01;
    private const int KeyLengthMax = 200;

    /// <summary>Chooses.</summary>
    /// <param name="connection">Where the table is.</param>
    /// <param name="table">The table.</param>
    /// <param name="where">Which of its rows.</param>
    /// <param name="rows">How many those are.</param>
    public static List<AttributeColumn> Choose(DuckConnection connection, string table, string where, long rows)
    {
        var counts = new Dictionary<(string Key, AttributeKind Kind), int>();
        var step = Math.Max(1, rows / SampleRows);
        var looked = 0;
        using (var sample = connection.Query(string.Create(CultureInfo.InvariantCulture, $"SELECT attributes FROM {table} WHERE {where} AND rowid % {step} = 0")))
        {
            while (sample.NextChunk())
            {
                for (var i = 0; i < sample.Count; i++)
                {
                    looked++;
                    Count(sample.Text(0, i), counts);
                }
            }
        }

        var least = Math.Max(1, (int)(looked * ShareMin));
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        return [.. counts.Where(pair => pair.Value >= least).OrderByDescending(static pair => pair.Value).ThenBy(static pair => pair.Key.Key, StringComparer.Ordinal)
            .Where(pair => names.Add(pair.Key.Key)).Take(ColumnsMax).Select(static pair => new AttributeColumn(pair.Key.Key, pair.Key.Kind))];
    }

    private static void Count(ReadOnlySpan<byte> json, Dictionary<(string Key, AttributeKind Kind), int> counts)
    {
        var reader = new AttributeReader(json);
        while (reader.Next())
        {
            var key = reader.Key();
            var kind = reader.Value().Kind;
            if (kind is AttributeKind.Text or AttributeKind.Int or AttributeKind.Double or AttributeKind.Bool && IsName(key))
            {
                counts[(key, kind)] = counts.GetValueOrDefault((key, kind)) + 1;
            }
        }
    }

    private static bool IsName(string key) => key.Length is > 0 and <= KeyLengthMax && !key.Any(char.IsControl) && !key.Any(char.IsSurrogate);
}
