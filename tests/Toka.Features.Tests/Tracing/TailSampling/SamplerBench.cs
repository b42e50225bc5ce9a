using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Toka.Core.Spans;
using Toka.Core.Telemetry;
using Toka.Tracing.TailSampling;

namespace Toka.Features.Tests.Tracing.TailSampling;

/// <summary>A tail sampler on a clock that stands still, before a store that remembers.</summary>
internal sealed class SamplerBench : ISpanWriter, IDisposable
{
    private readonly TailSamplingOptions _options;

    public SamplerBench(TailSamplingOptions options, bool hasJournal = false)
    {
        _options = options;
        Folder = hasJournal ? Directory.CreateTempSubdirectory("held").FullName : null;
        Sampler = Start();
    }

    public string? Folder { get; }

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.FromUnixTimeMilliseconds(TestTrace.BaseNs / 1_000_000));

    public SelfMetrics Self { get; } = new();

    public TailSampler Sampler { get; private set; }

    public List<SpanRecord> Stored { get; } = [];

    public bool Fails { get; set; }

    /// <summary>Traces that are stored, by number.</summary>
    public IEnumerable<ulong> Traces => Stored.Select(static span => (ulong)span.TraceId.Value).Distinct().Order();

    public ValueTask<EventWriteResult> AddAsync(params SpanRecord[] spans) => Sampler.WriteAsync(TestTrace.BatchOf(spans), CancellationToken.None);

    public async Task<Exception?> WaitAsync(double seconds)
    {
        Time.Advance(TimeSpan.FromSeconds(seconds));
        return await Sampler.TickAsync(CancellationToken.None);
    }

    /// <summary>The process dies, and another one starts. The one that died holds its files open, as nothing else ends it here.</summary>
    public void Kill() => Sampler = Start();

    public double Metric(string name, params (string Name, string Value)[] labels) => Self.Read()
        .Where(m => m.Labels["__name__"] == name && labels.All(l => m.Labels[l.Name] == l.Value)).Sum(m => m.Value);

    public ValueTask<EventWriteResult> WriteAsync(SpanBatch batch, CancellationToken cancellationToken)
    {
        if (Fails)
        {
            throw new IOException("the disk is full");
        }

        foreach (ref readonly var row in batch.Rows)
        {
            Stored.Add(SpanRecord.Of(batch, row));
        }

        return ValueTask.FromResult(new EventWriteResult(batch.Count));
    }

    public void Dispose()
    {
        if (Folder is not null)
        {
            Directory.Delete(Folder, recursive: true);
        }
    }

    private TailSampler Start() => new(this, _options, Folder, Self, Time, NullLogger.Instance);
}
