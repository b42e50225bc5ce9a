using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Toka.Cli.Output;

/// <summary>How a result is printed.</summary>
internal enum OutputFormat
{
    /// <summary>Aligned columns, for reading.</summary>
    Table,

    /// <summary>One JSON document.</summary>
    Json,

    /// <summary>RFC 4180, with a header line.</summary>
    Csv,

    /// <summary>A table as GitHub renders it.</summary>
    Markdown,
}

/// <summary>A column of a <see cref="Grid"/>.</summary>
/// <param name="Name">Its header.</param>
/// <param name="RightAligned">Whether it holds numbers: in JSON they are numbers too, and one that is not there ("-") is null.</param>
internal readonly record struct GridColumn(string Name, bool RightAligned = false);

/// <summary>Rows of text under headers, printable in every format.</summary>
internal sealed class Grid(params GridColumn[] columns)
{
    /// <summary>Stands where there is no number.</summary>
    public const string None = "-";

    private readonly List<string[]> _rows = [];

    /// <summary>The number of rows.</summary>
    public int RowCount => _rows.Count;

    /// <summary>Adds a row.</summary>
    /// <param name="cells">One text a column.</param>
    public void Add(params string[] cells)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(cells.Length, columns.Length, nameof(cells));
        _rows.Add(cells);
    }

    /// <summary>Prints it.</summary>
    public void Write(TextWriter output, OutputFormat format)
    {
        switch (format)
        {
            case OutputFormat.Json:
                WriteJson(output);
                break;
            case OutputFormat.Csv:
                WriteCsv(output);
                break;
            case OutputFormat.Markdown:
                WriteMarkdown(output);
                break;
            default:
                WriteTable(output);
                break;
        }
    }

    private void WriteTable(TextWriter output)
    {
        if (_rows.Count == 0)
        {
            return;
        }

        var widths = new int[columns.Length];
        for (var i = 0; i < widths.Length; i++)
        {
            widths[i] = Math.Max(columns[i].Name.Length, _rows.Max(row => Cells.Shown(row[i]).Length));
        }

        WriteLine([.. columns.Select(static column => column.Name)]);
        foreach (var row in _rows)
        {
            WriteLine(row);
        }

        void WriteLine(string[] cells)
        {
            var line = new StringBuilder();
            for (var i = 0; i < cells.Length; i++)
            {
                var cell = Cells.Shown(cells[i]);
                line.Append(columns[i].RightAligned ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i])).Append("  ");
            }

            output.WriteLine(line.ToString().TrimEnd());
        }
    }

    private void WriteJson(TextWriter output)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartArray();
            foreach (var row in _rows)
            {
                json.WriteStartObject();
                for (var i = 0; i < row.Length; i++)
                {
                    json.WritePropertyName(columns[i].Name);
                    WriteCell(json, row[i], columns[i].RightAligned);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        output.WriteLine(Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)));
    }

    /// <summary>JSON has neither NaN nor the infinities: they stay texts, as Prometheus writes them.</summary>
    private static void WriteCell(Utf8JsonWriter json, string cell, bool isNumber)
    {
        if (!isNumber)
        {
            json.WriteStringValue(cell);
        }
        else if (cell == None)
        {
            json.WriteNullValue();
        }
        else if (long.TryParse(cell, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
        {
            json.WriteNumberValue(whole);
        }
        else if (double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number))
        {
            json.WriteNumberValue(number);
        }
        else
        {
            json.WriteStringValue(cell);
        }
    }

    private void WriteCsv(TextWriter output)
    {
        output.Write(string.Join(',', columns.Select(static column => Quoted(column.Name))) + "\r\n");
        foreach (var row in _rows)
        {
            output.Write(string.Join(',', row.Select(Quoted)) + "\r\n");
        }

        static string Quoted(string cell) =>
            cell.AsSpan().IndexOfAny(",\"\r\n") < 0 ? cell : '"' + cell.Replace("\"", "\"\"", StringComparison.Ordinal) + '"';
    }

    private void WriteMarkdown(TextWriter output)
    {
        output.WriteLine("| " + string.Join(" | ", columns.Select(static column => Escaped(column.Name))) + " |");
        output.WriteLine("| " + string.Join(" | ", columns.Select(static column => column.RightAligned ? "---:" : "---")) + " |");
        foreach (var row in _rows)
        {
            output.WriteLine("| " + string.Join(" | ", row.Select(Escaped)) + " |");
        }

        static string Escaped(string cell) => Cells.Shown(cell).Replace("|", "\\|", StringComparison.Ordinal);
    }
}
