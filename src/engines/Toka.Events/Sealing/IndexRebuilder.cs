using System.Text;
using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Events.Duck;
using Toka.Events.Indexes;
using Toka.Events.Origins;
using Toka.Events.Signals;

namespace Toka.Events.Sealing;

/// <summary>Makes the index of a sealed file anew from the file, when the index is missing or damaged.</summary>
/// <typeparam name="TRecord">A span or a log record.</typeparam>
/// <param name="shape">What is particular to the signal.</param>
/// <param name="origins">Gets the file's origins.</param>
internal sealed class IndexRebuilder<TRecord>(SignalShape<TRecord> shape, OriginRegistry origins)
    where TRecord : class, ISearchable
{
    /// <summary>The bytes of the index.</summary>
    /// <param name="connection">A connection.</param>
    /// <param name="path">The Parquet file.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public byte[] Rebuild(DuckConnection connection, string path)
    {
        var columns = ColumnsOf(connection, path);
        var index = new PartIndexBuilder(columns);
        var extra = PartWriter<TRecord>.Extra.Skip(1).Select(static column => column.Name);
        var select = string.Join(", ", [.. shape.Columns.Select(static column => column.Name), .. extra, .. columns.Select(static column => column.SqlName)]);
        using var rows = connection.Query($"SELECT {select} FROM read_parquet({DuckNative.Quote(path)}, file_row_number = true) ORDER BY file_row_number");
        while (rows.NextChunk())
        {
            for (var i = 0; i < rows.Count; i++)
            {
                AddRow(rows, i, index);
            }
        }

        index.Complete();
        return PartIndexFormat.Write(index, new FileInfo(path).Length);
    }

    private static List<AttributeColumn> ColumnsOf(DuckConnection connection, string path)
    {
        var all = new List<AttributeColumn>();
        using var rows = connection.Query($"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet({DuckNative.Quote(path)}))");
        while (rows.NextChunk())
        {
            for (var i = 0; i < rows.Count; i++)
            {
                var name = rows.String(0, i);
                if (name.StartsWith(AttributeColumn.Prefix, StringComparison.Ordinal))
                {
                    all.Add(new AttributeColumn(name[AttributeColumn.Prefix.Length..], rows.String(1, i) switch
                    {
                        "BIGINT" => AttributeKind.Int,
                        "DOUBLE" => AttributeKind.Double,
                        "BOOLEAN" => AttributeKind.Bool,
                        _ => AttributeKind.Text,
                    }));
                }
            }
        }

        return all;
    }

    private void AddRow(DuckRows rows, int row, PartIndexBuilder index)
    {
        var id = rows.Values<ulong>(shape.OriginColumn)[row];
        var first = shape.Columns.Count;
        var origin = origins.Find(id);
        if (origin is null)
        {
            origin = OriginBytes.Read(rows.Text(first, row), rows.String(first + 1, row), rows.String(first + 2, row), rows.Text(first + 3, row));
            origins.Add(id, origin);
        }

        var facts = shape.FactsOf(rows, row);
        index.AddRow(rows.Values<UInt128>(0)[row], facts.TimeNs, origin, id, facts.IsError, facts.DurationNs);
        shape.AddTokens(rows, row, index);
        SignalShape<TRecord>.AddAttributes(index, FieldKind.OwnAttribute, rows.Text(shape.AttributesColumn, row));
        for (var i = 0; i < index.Columns.Count; i++)
        {
            if (!rows.IsNull(first + 4 + i, row))
            {
                AddValue(rows, row, first + 4 + i, index.Columns[i], index);
            }
        }
    }

    private static void AddValue(DuckRows rows, int row, int at, AttributeColumn column, PartIndexBuilder index)
    {
        var seed = Tokens.Seed(FieldKind.OwnAttribute, column.KeyBytes);
        index.AddToken(Tokens.Exists(seed));
        index.AddToken(Tokens.Of(seed, column.Kind switch
        {
            AttributeKind.Int => Utf8(AttributeValue.Of(rows.Values<long>(at)[row])),
            AttributeKind.Double => Utf8(AttributeValue.Of(rows.Values<double>(at)[row])),
            AttributeKind.Bool => Utf8(AttributeValue.Of(rows.Values<byte>(at)[row] != 0)),
            _ => rows.Text(at, row),
        }));
    }

    private static byte[] Utf8(AttributeValue value) => Encoding.UTF8.GetBytes(value.ToString());
}
