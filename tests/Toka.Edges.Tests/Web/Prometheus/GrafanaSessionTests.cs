using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Toka.Edges.Tests.Web.Prometheus;

/// <summary>Replays grafana-session.json, call by call, against a server with a store.</summary>
public sealed class GrafanaSessionTests
{
    [Fact]
    public async Task A_session_of_Grafana_gets_the_answers_that_it_expects()
    {
        await using var live = await LiveStore.StartAsync(static services => services with { Alerts = FixedAlerts.Burning });
        await using var file = typeof(GrafanaSessionTests).Assembly.GetManifestResourceStream("grafana-session.json")!;
        using var session = await JsonDocument.ParseAsync(file, cancellationToken: TestContext.Current.CancellationToken);
        var faults = new List<string>();
        foreach (var call in session.RootElement.GetProperty("calls").EnumerateArray())
        {
            await ReplayAsync(live.Host, call, faults);
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
        Assert.StartsWith("Not a recording.", session.RootElement.GetProperty("note").GetString(), StringComparison.Ordinal);
    }

    private static async Task ReplayAsync(WebHost host, JsonElement call, List<string> faults)
    {
        var name = call.GetProperty("name").GetString();
        using var request = new HttpRequestMessage(new HttpMethod(call.GetProperty("method").GetString()!), call.GetProperty("path").GetString());
        if (call.TryGetProperty("form", out var form))
        {
            request.Content = new StringContent(form.GetString()!, Encoding.UTF8, "application/x-www-form-urlencoded");
        }

        request.Headers.UserAgent.ParseAdd("Grafana/12.0.0");
        using var response = await host.Client.SendAsync(request, TestContext.Current.CancellationToken);
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var status = call.TryGetProperty("status", out var expected) ? expected.GetInt32() : 200;
        if ((int)response.StatusCode != status || response.Content.Headers.ContentType?.MediaType != "application/json")
        {
            faults.Add($"{name}: {(int)response.StatusCode} {response.Content.Headers.ContentType}: {body}");
            return;
        }

        using var answer = JsonDocument.Parse(body);
        Check(call, "checks", (path, value) => Find(answer.RootElement, path) is { } found && Same(found, value));
        Check(call, "lengths", (path, value) => Find(answer.RootElement, path) is { } found && Length(found) == value.GetInt32());

        void Check(JsonElement of, string kind, Func<string, JsonElement, bool> holds)
        {
            if (of.TryGetProperty(kind, out var all))
            {
                faults.AddRange(all.EnumerateObject().Where(check => !holds(check.Name, check.Value)).Select(check => $"{name}: {kind} {check.Name} is not {check.Value.GetRawText()}: {body}"));
            }
        }
    }

    /// <summary>Whether two values are the same, the last digits of computed numbers aside.</summary>
    private static bool Same(JsonElement found, JsonElement expected)
    {
        if (found.ValueKind != expected.ValueKind || found.ToString() == expected.ToString())
        {
            return found.ValueKind == expected.ValueKind;
        }

        return double.TryParse(found.ToString(), CultureInfo.InvariantCulture, out var one)
            && double.TryParse(expected.ToString(), CultureInfo.InvariantCulture, out var other)
            && Math.Abs(one - other) <= Math.Abs(other) * 1e-12;
    }

    private static int Length(JsonElement element) => element.ValueKind == JsonValueKind.Array ? element.GetArrayLength() : element.EnumerateObject().Count();

    private static JsonElement? Find(JsonElement element, string path)
    {
        foreach (var part in path.Split('.'))
        {
            if (element.ValueKind == JsonValueKind.Array && int.TryParse(part, out var index) && index < element.GetArrayLength())
            {
                element = element[index];
            }
            else if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty(part, out var member))
            {
                element = member;
            }
            else
            {
                return null;
            }
        }

        return element;
    }
}
