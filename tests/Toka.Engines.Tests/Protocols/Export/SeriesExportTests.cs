using System.Globalization;
using System.Text;
using CsCheck;
using Parquet;
using Parquet.Schema;
using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Protocols.Export;
using Toka.TimeSeries;

namespace Toka.Engines.Tests.Protocols.Export;

public sealed class SeriesExportTests : IAsyncDisposable
{
    private const long T = 1_700_000_000_000;
    private const long Day = 86_400_000;

    private readonly MetricStore _store = MetricStore.Open(
        new MetricStoreOptions { Retention = TimeSpan.MaxValue, FutureTolerance = TimeSpan.MaxValue }, TimeProvider.System, new SelfMetrics());

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task OpenMetrics_has_a_family_a_name_and_times_in_seconds()
    {
        await WriteSomeAsync();

        var (text, report) = await ExportTextAsync(ExportFormat.OpenMetrics);

        Assert.Equal(
            """
            # TYPE requests counter
            # HELP requests All \"requests\".\nSince the start.
            requests_total{code="200"} 1 1700000000
            requests_total{code="200"} 2.5 1700000001.007
            requests_total{code="500"} NaN 1700000000
            # TYPE temperature gauge
            temperature{place="a\"b\\c\nd"} -0 1700000000
            temperature{place="a\"b\\c\nd"} +Inf 1700000001
            temperature{place="a\"b\\c\nd"} 1E-300 1700000002
            # TYPE "wörd.x" unknown
            {"wörd.x",time="t"} 7 1700000000
            # EOF

            """.Replace("\r", "", StringComparison.Ordinal),
            text);
        Assert.Equal((4, 7, 1, 1), (report.Series, report.Samples, report.StaleMarkers, report.SeriesLeftOut));
    }

    [Fact]
    public async Task Csv_has_a_column_a_label_and_quotes_what_needs_quotes()
    {
        await WriteSomeAsync();

        var (text, report) = await ExportTextAsync(ExportFormat.Csv);

        Assert.Equal(
            "time,__name__,code,place,time_,value\r\n"
            + "2023-11-14T22:13:20.000Z,requests_total,200,,,1\r\n"
            + "2023-11-14T22:13:21.007Z,requests_total,200,,,2.5\r\n"
            + "2023-11-14T22:13:20.000Z,requests_total,500,,,NaN\r\n"
            + "2023-11-14T22:13:20.000Z,temperature,,\"a\"\"b\\c\nd\",,-0\r\n"
            + "2023-11-14T22:13:21.000Z,temperature,,\"a\"\"b\\c\nd\",,+Inf\r\n"
            + "2023-11-14T22:13:22.000Z,temperature,,\"a\"\"b\\c\nd\",,1E-300\r\n"
            + "2023-11-14T22:13:20.000Z,wörd.x,,,t,7\r\n"
            + "2023-11-14T22:13:20.000Z,,nameless,,,1\r\n",
            text);
        Assert.Equal((5, 8, 1, 0), (report.Series, report.Samples, report.StaleMarkers, report.SeriesLeftOut));
    }

    [Fact]
    public async Task Parquet_reads_back_as_the_rows_of_the_csv()
    {
        await WriteSomeAsync();
        using var batch = new WriteBatch();
        batch.Add(LabelSet.Of((LabelSet.MetricName, "many")), T, 0);
        for (var i = 1; i < 300_000; i++)
        {
            batch.AddSameSeries(T + i, i);
        }

        await _store.WriteAsync(batch, TestContext.Current.CancellationToken);
        var (csv, _) = await ExportTextAsync(ExportFormat.Csv);
        using var file = new MemoryStream();
        using (var export = Export(ExportFormat.Parquet))
        {
            await export.PrepareAsync(TestContext.Current.CancellationToken);
            await export.WriteAsync(new ForwardStream(file), TestContext.Current.CancellationToken);
        }

        var rows = await RowsAsync(file);

        Assert.Equal(300_008, rows.Count);
        Assert.Equal(csv.Replace("\"a\"\"b\\c\nd\"", "a\"b\\c\nd", StringComparison.Ordinal).Split("\r\n")[1..^1], rows);
    }

    [Fact]
    public async Task Series_that_reach_over_many_slices_of_time_come_once_and_in_order()
    {
        using var batch = new WriteBatch();
        foreach (var series in new[] { "a", "b", "c" })
        {
            for (var day = 0; day < 100; day++)
            {
                if (series != "b" || day is > 30 and < 40)
                {
                    batch.Add(LabelSet.Of((LabelSet.MetricName, "m"), ("s", series)), T + (day * Day), day);
                }
            }
        }

        await _store.WriteAsync(batch, TestContext.Current.CancellationToken);

        var (text, report) = await ExportTextAsync(ExportFormat.OpenMetrics);

        var expected = batch.Rows.ToArray().Select(row => string.Create(CultureInfo.InvariantCulture, $"{LabelSet.FromEncoded(batch.LabelsOf(row))} {row.Value} {row.TimestampMs / 1000}"));
        Assert.Equal(expected, text.Split('\n').Where(static line => line.StartsWith('m')));
        Assert.Equal(3, report.Series);
    }

    [Fact]
    public void Slices_cover_their_range_without_gap_or_overlap() =>
        Gen.Long[-1_000_000_000_000, 4_000_000_000_000].Array[2].Sample(static ends =>
        {
            Array.Sort(ends);
            var slices = SeriesExport.SlicesOf(ends[0], ends[1]);
            Assert.Equal((ends[0], ends[1]), (slices[0].FromMs, slices[^1].ToMs));
            Assert.All(slices.Zip(slices.Skip(1)), static pair => Assert.Equal(pair.First.ToMs + 1, pair.Second.FromMs));
            Assert.All(slices, static slice => Assert.True(slice.FromMs <= slice.ToMs));
        });

    [Fact]
    public void A_table_of_too_many_labels_is_refused_with_a_way_out()
    {
        var fault = Assert.Throws<LimitExceededException>(() => new ExportColumns([.. Enumerable.Range(0, ExportColumns.LabelsMax + 1).Select(static i => $"l{i}")]));
        Assert.Contains("export OpenMetrics", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Native_histograms_are_left_out_and_counted()
    {
        using var batch = new WriteBatch();
        batch.Add(LabelSet.Of((LabelSet.MetricName, "both")), T, 1);
        batch.AddHistogram(LabelSet.Of((LabelSet.MetricName, "both")), T + 1000, NativeHistogram.Stale);
        batch.AddHistogram(LabelSet.Of((LabelSet.MetricName, "only")), T, NativeHistogram.Stale);
        batch.AddHistogram(LabelSet.Of((LabelSet.MetricName, "only")), T + 1000, NativeHistogram.Stale);
        Assert.Equal(4, (await _store.WriteAsync(batch, TestContext.Current.CancellationToken)).Accepted);

        var (text, report) = await ExportTextAsync(ExportFormat.Csv);

        Assert.Equal("time,__name__,value\r\n2023-11-14T22:13:20.000Z,both,1\r\n", text);
        Assert.Equal((1, 1, 3), (report.Series, report.Samples, report.Histograms));
    }

    [Fact]
    public async Task Nothing_found_is_an_empty_document_of_the_format()
    {
        Assert.Equal("# EOF\n", (await ExportTextAsync(ExportFormat.OpenMetrics)).Text);
        Assert.Equal("time,value\r\n", (await ExportTextAsync(ExportFormat.Csv)).Text);
    }

    private async Task WriteSomeAsync()
    {
        using var batch = new WriteBatch();
        batch.Add(LabelSet.Of((LabelSet.MetricName, "requests_total"), ("code", "200")), T, 1);
        batch.AddSameSeries(T + 1007, 2.5);
        batch.AddSameSeries(T + 2000, StaleMarker.Value);
        batch.Add(LabelSet.Of((LabelSet.MetricName, "requests_total"), ("code", "500")), T, double.NaN);
        batch.Add(LabelSet.Of((LabelSet.MetricName, "temperature"), ("place", "a\"b\\c\nd")), T, -0.0);
        batch.AddSameSeries(T + 1000, double.PositiveInfinity);
        batch.AddSameSeries(T + 2000, 1e-300);
        batch.Add(LabelSet.Of((LabelSet.MetricName, "wörd.x"), ("time", "t")), T, 7);
        batch.Add(LabelSet.Of(("code", "nameless")), T, 1);
        batch.AddMetadata(new MetricMetadata("requests_total", MetricType.Counter, "All \"requests\".\nSince the start.", ""));
        batch.AddMetadata(new MetricMetadata("temperature", MetricType.Gauge, "", ""));
        var result = await _store.WriteAsync(batch, TestContext.Current.CancellationToken);
        Assert.Equal(0, result.Refused);
    }

    private SeriesExport Export(ExportFormat format) => new(_store, new ExportRequest(format, [], 0, T + (400 * Day)));

    private async Task<(string Text, ExportReport Report)> ExportTextAsync(ExportFormat format)
    {
        using var target = new MemoryStream();
        using var export = Export(format);
        await export.PrepareAsync(TestContext.Current.CancellationToken);
        var report = await export.WriteAsync(target, TestContext.Current.CancellationToken);
        return (Encoding.UTF8.GetString(target.ToArray()), report);
    }

    private static async Task<List<string>> RowsAsync(Stream file)
    {
        file.Position = 0;
        var rows = new List<string>();
        await using var reader = await ParquetReader.CreateAsync(file);
        Assert.Equal(["time", "__name__", "code", "place", "time_", "value"], reader.Schema.DataFields.Select(static field => field.Name));
        for (var g = 0; g < reader.RowGroupCount; g++)
        {
            using var group = reader.OpenRowGroupReader(g);
            var count = (int)group.RowCount;
            var times = new DateTime[count];
            var values = new double[count];
            var labels = new List<string[]>();
            foreach (var field in reader.Schema.DataFields)
            {
                if (field.Name == "time")
                {
                    await group.ReadAsync<DateTime>(field, times);
                }
                else if (field.Name == "value")
                {
                    await group.ReadAsync<double>(field, values);
                }
                else
                {
                    var cells = new string[count];
                    await group.ReadAsync(field, cells);
                    labels.Add(cells);
                }
            }

            for (var i = 0; i < count; i++)
            {
                var value = double.IsPositiveInfinity(values[i]) ? "+Inf" : values[i].ToString("R", CultureInfo.InvariantCulture);
                rows.Add($"{times[i].ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)},{string.Concat(labels.Select(cells => cells[i] + ","))}{value}");
            }
        }

        return rows;
    }

    /// <summary>As the body of an HTTP answer: no position, no waiting writes.</summary>
    private sealed class ForwardStream(Stream target) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => target.WriteAsync(buffer, cancellationToken);

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
