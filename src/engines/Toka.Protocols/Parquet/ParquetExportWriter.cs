using System.IO.Compression;
using Parquet;
using Parquet.Schema;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Protocols.Export;

namespace Toka.Protocols.Parquet;

/// <summary>
/// Apache Parquet under zstd: <c>time</c> (timestamp, ms, UTC), a nullable string for each label, <c>value</c> (double).
/// Rows are written in groups, so memory does not grow with the answer.
/// </summary>
internal sealed class ParquetExportWriter : IExportWriter
{
    /// <summary>The most rows of a group: what readers like, and a few MiB a column.</summary>
    private const int RowsMax = 128 * 1024;

    /// <summary>The fewest, whatever the number of columns.</summary>
    private const int RowsMin = 1024;

    /// <summary>Bytes that the cells of a group may take; with many columns a group has fewer rows.</summary>
    private const int GroupBytes = 64 * 1024 * 1024;

    private readonly StagedStream _target;
    private readonly ExportColumns _columns;
    private readonly DateTimeDataField _timeField = new(ExportColumns.Time, DateTimeFormat.Timestamp, isAdjustedToUTC: true, unit: DateTimeTimeUnit.Millis, isNullable: false);
    private readonly DataField<double> _valueField = new(ExportColumns.Value, nullable: false);
    private readonly DataField<string>[] _labelFields;
    private readonly DateTime[] _times;
    private readonly double[] _values;
    private readonly string?[][] _labels;
    private readonly string?[] _series;
    private ParquetWriter? _writer;
    private int _rows;

    public ParquetExportWriter(Stream target, ExportColumns columns)
    {
        _target = new StagedStream(target);
        _columns = columns;
        _labelFields = [.. columns.Headers.Select(static header => new DataField<string>(header, nullable: true))];
        var rows = Math.Clamp(GroupBytes / (sizeof(long) * (columns.Labels.Count + 2)), RowsMin, RowsMax);
        _times = new DateTime[rows];
        _values = new double[rows];
        _labels = [.. columns.Labels.Select(_ => new string?[rows])];
        _series = new string?[columns.Labels.Count];
    }

    public async ValueTask BeginAsync(CancellationToken cancellationToken) => _writer = await ParquetWriter.CreateAsync(
        new ParquetSchema([_timeField, .. _labelFields, _valueField]),
        _target,
        new ParquetOptions { CompressionMethod = CompressionMethod.Zstd, CompressionLevel = CompressionLevel.Optimal },
        cancellationToken: cancellationToken);

    public void BeginName(string name, MetricMetadata? metadata)
    {
        // Nothing stands between the names.
    }

    public bool TryBeginSeries(LabelSet labels) => _columns.TryPlace(labels, _series);

    public async ValueTask WriteAsync(FloatColumn samples, CancellationToken cancellationToken)
    {
        for (var written = 0; written < samples.Count;)
        {
            var count = Math.Min(samples.Count - written, _times.Length - _rows);
            for (var i = 0; i < count; i++)
            {
                _times[_rows + i] = DateTime.UnixEpoch.AddMilliseconds(samples.Timestamps[written + i]);
            }

            samples.Values.Slice(written, count).CopyTo(_values.AsSpan(_rows));
            for (var label = 0; label < _labels.Length; label++)
            {
                _labels[label].AsSpan(_rows, count).Fill(_series[label]);
            }

            written += count;
            _rows += count;
            if (_rows == _times.Length)
            {
                await WriteGroupAsync(cancellationToken);
            }
        }
    }

    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        if (_rows > 0)
        {
            await WriteGroupAsync(cancellationToken);
        }

        // The file's end is written when the writer is disposed.
        await _writer!.DisposeAsync();
        _writer = null;
        await _target.SendAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_writer is not null)
        {
            await _writer.DisposeAsync();
        }

        await _target.DisposeAsync();
    }

    private async ValueTask WriteGroupAsync(CancellationToken cancellationToken)
    {
        using (var group = _writer!.CreateRowGroup())
        {
            await group.WriteAsync<DateTime>(_timeField, _times.AsMemory(0, _rows), cancellationToken: cancellationToken);
            for (var label = 0; label < _labels.Length; label++)
            {
                await group.WriteAsync(_labelFields[label], new ArraySegment<string>(_labels[label]!, 0, _rows));
            }

            await group.WriteAsync<double>(_valueField, _values.AsMemory(0, _rows), cancellationToken: cancellationToken);
            group.CompleteValidate();
        }

        _rows = 0;
        await _target.SendAsync(cancellationToken);
    }
}
