using Toka.Core.Attributes;
using Toka.Core.Labels;
using Toka.Core.Spans;
using Toka.Core.Telemetry;
using Toka.Tracing.Sampling;

namespace Toka.Tracing.SpanMetrics;

/// <summary>The calls from one service to another.</summary>
internal sealed class Edge : MeterGroup
{
    public required (string Client, string Server, string Type) Key { get; init; }
}

/// <summary>
/// Pairs the two sides of calls, whichever comes first, and counts them by edge. What has one side only is an edge to a database, a peer or a
/// user where its attributes say so. The owner's lock guards it.
/// </summary>
/// <remarks>Source of the behaviour: Grafana Tempo's documentation of its service graphs.</remarks>
internal sealed class ServiceGraph(SpanMetricsOptions options, MeterBook book, SelfMetrics metrics)
{
    private const string UnpairedHelp = "Sides of calls whose other side did not come in time, and of which nothing tells what it is.";

    private readonly Dictionary<(TraceId Trace, SpanId Client), Side> _waiting = [];
    private readonly Queue<((TraceId Trace, SpanId Client) Key, long DeadlineMs)> _deadlines = new();
    private readonly Dictionary<(string Client, string Server, string Type), Edge> _edges = [];
    private readonly SelfCounter _unpairedClients = metrics.Counter("toka_service_graph_unpaired_spans_total", UnpairedHelp, ("side", "client"));
    private readonly SelfCounter _unpairedServers = metrics.Counter("toka_service_graph_unpaired_spans_total", UnpairedHelp, ("side", "server"));
    private readonly SelfCounter _full = metrics.Dropped("service_graph", "pairs_limit");
    private readonly SelfCounter _overflow = metrics.Counter("toka_service_graph_overflow_requests_total", "Calls that are counted from other to other as there are too many edges.");

    /// <summary>Sides that wait for the other one.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>Takes a span; most are no side of a call.</summary>
    public void Observe(SpanBatch batch, in SpanRow row, string service, long nowMs)
    {
        var isClient = row.Kind is SpanKind.Client or SpanKind.Producer;
        if (!isClient && row.Kind is not (SpanKind.Server or SpanKind.Consumer))
        {
            return;
        }

        var side = new Side(
            isClient, row.Kind is SpanKind.Producer or SpanKind.Consumer, service, "", row.DurationNs / 1e9, row.Status == SpanStatus.Error,
            TraceStateSampling.AdjustedCount(batch.Bytes[row.TraceState]), new SpanMark(row.TraceId, row.SpanId, (row.StartNs + row.DurationNs) / 1_000_000), 0);
        if (!isClient)
        {
            ObserveServer(batch, row, side, nowMs);
            return;
        }

        var key = (row.TraceId, row.SpanId);
        if (_waiting.TryGetValue(key, out var other) && !other.IsClient)
        {
            _waiting.Remove(key);
            Pair(side, other, nowMs);
            return;
        }

        var (peer, isDatabase) = PeerOf(batch.Bytes[row.Attributes]);
        if (isDatabase)
        {
            Record((service, peer, SpanMetricNames.Database), side, side, nowMs);
            return;
        }

        Wait(key, side with { Peer = peer }, nowMs);
    }

    /// <summary>Gives up on what has waited too long.</summary>
    public void Expire(long nowMs)
    {
        while (_deadlines.TryPeek(out var next) && next.DeadlineMs <= nowMs)
        {
            _deadlines.Dequeue();
            if (_waiting.TryGetValue(next.Key, out var side) && side.DeadlineMs == next.DeadlineMs)
            {
                _waiting.Remove(next.Key);
                GiveUp(side, nowMs);
            }
        }
    }

    /// <summary>Forgets an edge that has ended.</summary>
    public void Remove(Edge edge) => _edges.Remove(edge.Key);

    private void ObserveServer(SpanBatch batch, in SpanRow row, in Side side, long nowMs)
    {
        var key = (row.TraceId, row.ParentId);
        if (row.ParentId.IsEmpty && row.Kind == SpanKind.Consumer && SpanLink.Read(batch.Bytes[row.Links]) is [var link, ..])
        {
            // A consumer that begins a trace of its own says by a link whose message it handles.
            key = (link.TraceId, link.SpanId);
        }

        if (key.Item2.IsEmpty)
        {
            if (row.Kind == SpanKind.Server)
            {
                Record((SpanMetricNames.User, side.Service, SpanMetricNames.VirtualNode), null, side, nowMs);
            }

            return;
        }

        if (_waiting.TryGetValue(key, out var other) && other.IsClient)
        {
            // A message may be handled many times; a call is answered once.
            if (!other.IsMessage)
            {
                _waiting.Remove(key);
            }
            else
            {
                _waiting[key] = other with { IsPaired = true };
            }

            Pair(other, side, nowMs);
            return;
        }

        Wait(key, side, nowMs);
    }

    private void Wait((TraceId Trace, SpanId Client) key, in Side side, long nowMs)
    {
        while (_waiting.Count >= options.PairsMax && _deadlines.TryDequeue(out var oldest))
        {
            if (_waiting.TryGetValue(oldest.Key, out var evicted) && evicted.DeadlineMs == oldest.DeadlineMs)
            {
                _waiting.Remove(oldest.Key);
                _full.Add();
            }
        }

        var deadline = nowMs + (long)options.PairWait.TotalMilliseconds;
        if (_waiting.TryAdd(key, side with { DeadlineMs = deadline }))
        {
            _deadlines.Enqueue((key, deadline));
        }
        else
        {
            // Another server of the same client, or a span that came again.
            (side.IsClient ? _unpairedClients : _unpairedServers).Add();
        }
    }

    private void GiveUp(in Side side, long nowMs)
    {
        if (side.IsPaired)
        {
            return;
        }

        if (side.IsClient && side.Peer.Length > 0)
        {
            Record((side.Service, side.Peer, side.IsMessage ? SpanMetricNames.Messaging : SpanMetricNames.VirtualNode), side, side, nowMs);
            return;
        }

        (side.IsClient ? _unpairedClients : _unpairedServers).Add();
    }

    private void Pair(in Side client, in Side server, long nowMs) =>
        Record((client.Service, server.Service, client.IsMessage || server.IsMessage ? SpanMetricNames.Messaging : ""), client, server, nowMs);

    private void Record((string Client, string Server, string Type) key, Side? client, in Side server, long nowMs)
    {
        if (!_edges.TryGetValue(key, out var edge))
        {
            if (_edges.Count >= options.EdgesMax)
            {
                _overflow.Add();
                key = (SpanMetricNames.Other, SpanMetricNames.Other, "");
            }

            edge = _edges.GetValueOrDefault(key) ?? Make(key, client is not null || key.Client == SpanMetricNames.Other);
        }

        // Sampling is consistent within a trace: the side that was kept with the smaller probability says how often both were.
        var count = Math.Max(server.Count, client?.Count ?? 0);
        edge.SeenMs = nowMs;
        edge.Counters[0].Value += count;
        edge.Counters[1].Value += server.IsFailed || client is { IsFailed: true } ? count : 0;
        edge.Histograms[0].Add(server.Seconds, count, server.Mark);
        if (client is { } made && edge.Histograms.Length > 1)
        {
            edge.Histograms[1].Add(made.Seconds, count, made.Mark);
        }
    }

    private Edge Make((string Client, string Server, string Type) key, bool hasClient)
    {
        LabelSet Named(string name) => LabelSet.Of((LabelSet.MetricName, name), ("client", key.Client), ("server", key.Server), ("connection_type", key.Type));
        var edge = new Edge
        {
            Key = key,
            Counters = [new CounterCell(Named(SpanMetricNames.Requests)), new CounterCell(Named(SpanMetricNames.Failed))],
            // A user has no spans, so those edges have one histogram.
            Histograms = hasClient
                ? [new HistogramCell(Named(SpanMetricNames.ServerSeconds), options.Histograms), new HistogramCell(Named(SpanMetricNames.ClientSeconds), options.Histograms)]
                : [new HistogramCell(Named(SpanMetricNames.ServerSeconds), options.Histograms)],
        };
        _edges[key] = edge;
        book.Add(edge);
        return edge;
    }

    /// <summary>What a client says of the other side; a database is one by its system.</summary>
    private static (string Peer, bool IsDatabase) PeerOf(ReadOnlySpan<byte> attributes)
    {
        string? service = null, system = null, name = null, address = null, messages = null;
        var reader = new AttributeReader(attributes);
        while (reader.Next())
        {
            if (reader.KeyEquals("peer.service"u8))
            {
                service = reader.Value().ToString();
            }
            else if (reader.KeyEquals("db.system.name"u8) || reader.KeyEquals("db.system"u8))
            {
                system = reader.Value().ToString();
            }
            else if (reader.KeyEquals("db.namespace"u8) || reader.KeyEquals("db.name"u8))
            {
                name = reader.Value().ToString();
            }
            else if (reader.KeyEquals("messaging.system"u8))
            {
                messages = reader.Value().ToString();
            }
            else if (reader.KeyEquals("server.address"u8) || reader.KeyEquals("net.peer.name"u8))
            {
                address = reader.Value().ToString();
            }
        }

        return !string.IsNullOrEmpty(system)
            ? (First(service, name, system), true)
            : (First(service, messages, address), false);
    }

    private static string First(string? first, string? second, string? third) =>
        !string.IsNullOrEmpty(first) ? first : !string.IsNullOrEmpty(second) ? second : third ?? "";

    /// <summary>One side of a call.</summary>
    private readonly record struct Side(
        bool IsClient, bool IsMessage, string Service, string Peer, double Seconds, bool IsFailed, double Count, SpanMark Mark, long DeadlineMs)
    {
        /// <summary>Of a message that was sent: whether it has been handled at least once.</summary>
        public bool IsPaired { get; init; }
    }
}
