using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Toka.Alerting.Lifecycle;
using Toka.Alerting.Options;
using Toka.Alerting.Rules;
using Toka.Core.Alerts;
using Toka.Core.Labels;
using Toka.Core.State;
using Toka.Core.Telemetry;
using Toka.Query;
using Toka.Query.Results;
using Toka.State.Memory;

namespace Toka.Features.Tests.Alerting;

/// <summary>An alert engine on a clock, a query engine and a receiver that the test holds in its hands.</summary>
internal sealed class AlertBench : IDisposable
{
    public const string Metric = "queue_length";

    public AlertBench(params ThresholdRuleOptions[] rules)
    {
        Options = new AlertEngineOptions
        {
            Thresholds = new ThresholdOptions { Cooldown = TimeSpan.Zero },
            Alerting = new AlertingOptions { Rules = rules, Webhooks = [new WebhookOptions(new Uri("http://127.0.0.1:9000/hook"))] },
            EvaluationInterval = TimeSpan.FromSeconds(1),
            CollectionInterval = TimeSpan.FromSeconds(1),
        };
        Engine = Start();
    }

    public AlertEngineOptions Options { get; set; }

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));

    public FakeQueryEngine Query { get; } = new();

    public CountingStore State { get; } = new();

    public Receiver Hook { get; } = new();

    public SelfMetrics Metrics { get; } = new();

    public AlertEngine Engine { get; private set; }

    public long NowMs => Time.GetUtcNow().ToUnixTimeMilliseconds();

    public static ThresholdRuleOptions Rule(Condition condition, int forSeconds = 0, int cooldownSeconds = 0) => new()
    {
        Name = "queue",
        Metric = Metric,
        Condition = condition,
        For = TimeSpan.FromSeconds(forSeconds),
        Cooldown = TimeSpan.FromSeconds(cooldownSeconds),
    };

    public AlertEngine Start() => new(Options, Query, State, new HttpMessageInvoker(Hook), Metrics, Time, NullLogger.Instance);

    /// <summary>The process dies and another begins on the same state.</summary>
    public void Restart()
    {
        Engine.Dispose();
        Engine = Start();
    }

    /// <summary>Some seconds later: evaluates and sends.</summary>
    public async Task Again(int seconds = 1)
    {
        Time.Advance(TimeSpan.FromSeconds(seconds));
        await Engine.EvaluateAsync(NowMs, CancellationToken.None);
        await Engine.SendDueAsync(CancellationToken.None);
    }

    public async Task Step(double value, int seconds = 1)
    {
        Query.Set(Metric, (LabelSet.Of(("__name__", Metric), ("instance", "a")), value));
        await Again(seconds);
    }

    /// <summary>What is listed, such as <c>queue:Active</c>.</summary>
    public string Listed => string.Join(' ', Engine.Current.Select(a => $"{a.Rule}:{a.State}"));

    public async Task<string> History() =>
        string.Join(' ', (await Engine.HistoryAsync(null, 0, 100, CancellationToken.None)).Reverse().Select(a => a.State.ToString()));

    public double Counter(string name, string label = "", string value = "") => Metrics.Read()
        .Where(m => m.Labels[LabelSet.MetricName] == name && (label.Length == 0 || m.Labels[label] == value)).Sum(m => m.Value);

    public void Dispose()
    {
        Engine.Dispose();
        Hook.Dispose();
    }
}

/// <summary>Gives the vectors it was told to give.</summary>
internal sealed class FakeQueryEngine : IQueryEngine
{
    private readonly Dictionary<string, (LabelSet, double)[]> _vectors = [];

    public string? Failure { get; set; }

    public List<string> Asked { get; } = [];

    public void Set(string expression, params (LabelSet Labels, double Value)[] samples) => _vectors[expression] = samples;

    public ValueTask<QueryResult> RunAsync(QueryRequest request, CancellationToken cancellationToken)
    {
        Assert.False(request.IsRange, "rules ask for one moment");
        Asked.Add(request.Expression);
        if (Failure is not null)
        {
            throw new QueryException(QueryErrorType.Execution, Failure);
        }

        var samples = _vectors.GetValueOrDefault(request.Expression, []).Select(s => new VectorSample(s.Item1, request.StartMs, s.Item2)).ToList();
        return new(new QueryResult(new VectorValue(samples), [], [], new QueryStatistics(0, 0, TimeSpan.Zero)));
    }
}

/// <summary>Receives posts, or fails as it is told.</summary>
internal sealed class Receiver : HttpMessageHandler
{
    public HttpStatusCode? Answer { get; set; } = HttpStatusCode.OK;

    public List<JsonElement> Bodies { get; } = [];

    public int Attempts { get; private set; }

    /// <summary>The status of each alert taken, in order.</summary>
    public string Told => string.Join(' ', Bodies.SelectMany(b => b.GetProperty("alerts").EnumerateArray())
        .Select(a => $"{a.GetProperty("labels").GetProperty("alertname").GetString()}:{a.GetProperty("status").GetString()}"));

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Attempts++;
        if (Answer is not { } status)
        {
            throw new HttpRequestException("Connection refused");
        }

        var body = await request.Content!.ReadAsByteArrayAsync(cancellationToken);
        if (status == HttpStatusCode.OK)
        {
            using var document = JsonDocument.Parse(body);
            Bodies.Add(document.RootElement.Clone());
        }

        return new HttpResponseMessage(status);
    }
}

/// <summary>A state store that counts writes and fails when told to.</summary>
internal sealed class CountingStore : IStateStore
{
    private readonly InMemoryStateStore _inner = new();

    public int Writes { get; private set; }

    public bool IsBroken { get; set; }

    public ValueTask PutAsync(string collection, IReadOnlyList<KeyValuePair<string, byte[]?>> documents, CancellationToken cancellationToken) =>
        Write(() => _inner.PutAsync(collection, documents, cancellationToken));

    public ValueTask AppendAsync(string journal, IReadOnlyList<JournalEntry> entries, CancellationToken cancellationToken) =>
        Write(() => _inner.AppendAsync(journal, entries, cancellationToken));

    public ValueTask<IReadOnlyList<KeyValuePair<string, byte[]>>> ListAsync(string collection, CancellationToken cancellationToken) =>
        _inner.ListAsync(collection, cancellationToken);

    public ValueTask<IReadOnlyList<JournalEntry>> ReadAsync(string journal, string? subject, long fromMs, int limit, CancellationToken cancellationToken) =>
        _inner.ReadAsync(journal, subject, fromMs, limit, cancellationToken);

    public ValueTask<int> TrimAsync(string journal, long beforeMs, CancellationToken cancellationToken) =>
        _inner.TrimAsync(journal, beforeMs, cancellationToken);

    private ValueTask Write(Func<ValueTask> write)
    {
        if (IsBroken)
        {
            throw new IOException("the disk is full");
        }

        Writes++;
        return write();
    }
}
