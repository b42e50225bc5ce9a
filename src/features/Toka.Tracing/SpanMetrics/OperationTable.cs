using System.IO.Hashing;
using System.Text;
using Toka.Core.Labels;
using Toka.Core.Spans;
using Toka.Core.Telemetry;

namespace Toka.Tracing.SpanMetrics;

/// <summary>One operation of one instance of a service.</summary>
internal sealed class Operation : MeterGroup
{
    public required ServiceInstance Owner { get; init; }

    public required byte[] Name { get; init; }

    public required SpanKind Kind { get; init; }

    public required SpanStatus Status { get; init; }

    public required ulong Hash { get; init; }

    /// <summary>Another one of the same hash.</summary>
    public Operation? Next { get; set; }
}

/// <summary>One instance of a service, and its operations.</summary>
internal sealed class ServiceInstance(string service, string job, string instance, OperationQuota quota)
{
    public string Service { get; } = service;

    public string Job { get; } = job;

    public string Instance { get; } = instance;

    public OperationQuota Quota { get; } = quota;

    public Dictionary<ulong, Operation> Operations { get; } = [];
}

/// <summary>How many operations a service has, over all its instances.</summary>
internal sealed class OperationQuota
{
    public int Count { get; set; }

    /// <summary>Instances of the service.</summary>
    public int Instances { get; set; }
}

/// <summary>Finds the operation of a span, and keeps their number within limits. The owner's lock guards it.</summary>
internal sealed class OperationTable(SpanMetricsOptions options, SelfMetrics metrics)
{
    /// <summary>The longest name of an operation, bytes: longer ones are cut. Names with ids in them are no operations.</summary>
    private const int NameBytesMax = 256;

    /// <summary>Origins that are remembered: a few bytes each besides the origin itself. Where there are more it is begun anew.</summary>
    private const int OriginsMax = 10_000;

    private readonly Dictionary<Origin, ServiceInstance> _origins = [];
    private readonly Dictionary<(string Service, string Job, string Instance), ServiceInstance> _instances = [];
    private readonly Dictionary<string, OperationQuota> _quotas = new(StringComparer.Ordinal);
    private readonly SelfCounter _overService = metrics.Counter(
        "toka_span_metrics_overflow_spans_total", "Spans that are counted under other as their service, or all services together, have too many operations.", ("limit", "service"));
    private readonly SelfCounter _overAll = metrics.Counter(
        "toka_span_metrics_overflow_spans_total", "Spans that are counted under other as their service, or all services together, have too many operations.", ("limit", "all"));
    private readonly ServiceInstance _other = new(SpanMetricNames.Other, SpanMetricNames.Other, "", new OperationQuota());
    private int _count;

    /// <summary>How many operations there are.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The instance that an origin is of.</summary>
    public ServiceInstance InstanceOf(Origin origin)
    {
        if (_origins.TryGetValue(origin, out var known))
        {
            return known;
        }

        var job = origin.ServiceNamespace.Length > 0 ? $"{origin.ServiceNamespace}/{origin.Service}" : origin.Service;
        var key = (origin.Service, job, origin.ServiceInstance);
        if (!_instances.TryGetValue(key, out var instance))
        {
            if (!_quotas.TryGetValue(origin.Service, out var quota))
            {
                _quotas[origin.Service] = quota = new OperationQuota();
            }

            quota.Instances++;
            _instances[key] = instance = new ServiceInstance(origin.Service, job, origin.ServiceInstance, quota);
        }

        if (_origins.Count >= OriginsMax)
        {
            _origins.Clear();
        }

        return _origins[origin] = instance;
    }

    /// <summary>The operation of a span; made, and handed to <paramref name="book"/>, where it is new.</summary>
    public Operation Find(ServiceInstance instance, ReadOnlySpan<byte> name, SpanKind kind, SpanStatus status, MeterBook book)
    {
        name = Cut(name);
        if (TryFind(instance, name, kind, status, out var hash) is { } found)
        {
            return found;
        }

        if (_count >= options.OperationsMax)
        {
            _overAll.Add();
            name = "other"u8;
            return TryFind(_other, name, kind, status, out hash) ?? Make(_other, name, kind, status, hash, book);
        }

        if (instance.Quota.Count >= options.OperationsPerServiceMax)
        {
            _overService.Add();
            name = "other"u8;
            if (TryFind(instance, name, kind, status, out hash) is { } other)
            {
                return other;
            }
        }

        return Make(instance, name, kind, status, hash, book);
    }

    /// <summary>Forgets an operation that has ended: spans that come now begin another.</summary>
    public void Remove(Operation operation)
    {
        var instance = operation.Owner;
        _count--;
        instance.Quota.Count--;
        var first = instance.Operations[operation.Hash];
        if (first != operation)
        {
            while (first.Next != operation)
            {
                first = first.Next!;
            }

            first.Next = operation.Next;
        }
        else if (operation.Next is { } next)
        {
            instance.Operations[operation.Hash] = next;
        }
        else
        {
            instance.Operations.Remove(operation.Hash);
        }

        if (instance.Operations.Count == 0 && instance != _other)
        {
            _instances.Remove((instance.Service, instance.Job, instance.Instance));
            _origins.Clear();
            if (--instance.Quota.Instances == 0)
            {
                _quotas.Remove(instance.Service);
            }
        }
    }

    private static Operation? TryFind(ServiceInstance instance, ReadOnlySpan<byte> name, SpanKind kind, SpanStatus status, out ulong hash)
    {
        hash = XxHash3.HashToUInt64(name, ((long)kind << 8) | (long)status);
        for (var operation = instance.Operations.GetValueOrDefault(hash); operation is not null; operation = operation.Next)
        {
            if (operation.Kind == kind && operation.Status == status && name.SequenceEqual(operation.Name))
            {
                return operation;
            }
        }

        return null;
    }

    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> name)
    {
        if (name.Length <= NameBytesMax)
        {
            return name;
        }

        var length = NameBytesMax;
        while (length > 0 && (name[length] & 0xC0) == 0x80)
        {
            length--;
        }

        return name[..length];
    }

    private Operation Make(ServiceInstance instance, ReadOnlySpan<byte> name, SpanKind kind, SpanStatus status, ulong hash, MeterBook book)
    {
        var labels = LabelSet.Of(
            (LabelSet.MetricName, SpanMetricNames.Calls),
            ("service_name", instance.Service),
            ("span_name", Encoding.UTF8.GetString(name)),
            ("span_kind", SpanMetricNames.KindOf(kind)),
            ("status_code", SpanMetricNames.StatusOf(status)),
            ("job", instance.Job),
            ("instance", instance.Instance));
        var duration = labels.ToBuilder();
        duration.Set(LabelSet.MetricName, SpanMetricNames.Duration);
        var made = new Operation
        {
            Owner = instance,
            Name = name.ToArray(),
            Kind = kind,
            Status = status,
            Hash = hash,
            Counters = [new CounterCell(labels)],
            Histograms = [new HistogramCell(duration.Build(), options.Histograms)],
            Next = instance.Operations.GetValueOrDefault(hash),
        };
        instance.Operations[hash] = made;
        instance.Quota.Count++;
        _count++;
        book.Add(made);
        return made;
    }
}
