using System.IO.Hashing;
using System.Text;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Tracing.Sampling;

namespace Toka.Tracing.TailSampling;

/// <summary>What policies look at of a trace, added up span by span. Not thread-safe.</summary>
internal sealed class TraceFacts(TraceId id)
{
    /// <summary>Different operations of one trace that are remembered, for the rare ones.</summary>
    private const int OperationsMax = 64;

    private bool _hasRandom;

    public TraceId Id { get; } = id;

    public long StartNs { get; private set; } = long.MaxValue;

    public long EndNs { get; private set; } = long.MinValue;

    public int Spans { get; private set; }

    public int Errors { get; private set; }

    public bool HasRoot { get; private set; }

    public bool IsRootFailed { get; private set; }

    /// <summary>The service of the root, or of the first span that began as long as there is none.</summary>
    public string Service { get; private set; } = "";

    /// <summary>The trace's random value for consistent sampling.</summary>
    public ulong Random { get; private set; } = TraceStateSampling.RandomValue(id, default);

    /// <summary>Hashes of service and name.</summary>
    public List<ulong> Operations { get; } = [];

    /// <summary>The numbers of the policies whose condition a span holds, as bits.</summary>
    public ulong Matched { get; private set; }

    public long DurationNs => Spans == 0 ? 0 : EndNs - StartNs;

    /// <summary>Adds a span.</summary>
    /// <param name="row">The span.</param>
    /// <param name="service">Its service.</param>
    /// <param name="name">Its name, UTF-8.</param>
    /// <param name="traceState">Its tracestate, UTF-8.</param>
    /// <param name="matched">The policies whose condition it holds.</param>
    public void Add(in SpanRow row, string service, ReadOnlySpan<byte> name, ReadOnlySpan<byte> traceState, ulong matched)
    {
        var isFirst = row.StartNs < StartNs;
        StartNs = Math.Min(StartNs, row.StartNs);
        EndNs = Math.Max(EndNs, row.StartNs + row.DurationNs);
        Spans++;
        Matched |= matched;
        var isFailed = row.Status == SpanStatus.Error;
        Errors += isFailed ? 1 : 0;
        if (row.ParentId.IsEmpty && !HasRoot)
        {
            (HasRoot, IsRootFailed, Service) = (true, isFailed, service);
        }
        else if (isFirst && !HasRoot)
        {
            Service = service;
        }

        if (!_hasRandom && !traceState.IsEmpty)
        {
            _hasRandom = true;
            Random = TraceStateSampling.RandomValue(Id, traceState);
        }

        if (Operations.Count < OperationsMax)
        {
            var operation = XxHash3.HashToUInt64(name, (long)XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(service)));
            if (!Operations.Contains(operation))
            {
                Operations.Add(operation);
            }
        }
    }

    /// <summary>Adds a span that was read.</summary>
    public void Add(SpanRecord span, ulong matched) => Add(
        new SpanRow { ParentId = span.ParentId, StartNs = span.StartNs, DurationNs = span.DurationNs, Status = span.Status },
        span.Origin.Service, Encoding.UTF8.GetBytes(span.Name), Encoding.UTF8.GetBytes(span.TraceState), matched);
}
