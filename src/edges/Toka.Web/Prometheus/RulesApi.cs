using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Toka.Core.Alerts;
using Toka.Core.Labels;
using Toka.Web.Http;

namespace Toka.Web.Prometheus;

/// <summary>
/// <c>api/v1/rules</c> and <c>api/v1/alerts</c>: Toka's rules and alerts as Prometheus shows its own. All rules are one group,
/// because they are evaluated together.
/// </summary>
internal sealed class RulesApi(TokaWebServices services)
{
    /// <summary>The name of the group.</summary>
    private const string Group = "toka";

    private static readonly string[] s_get = ["GET"];

    public void Map(IEndpointRouteBuilder endpoints, TokaEndpoint endpoint)
    {
        endpoints.MapMethods("/api/v1/rules", s_get, endpoint.Always(RulesAsync));
        endpoints.MapMethods("/api/v1/alerts", s_get, endpoint.Always(AlertsAsync));
    }

    private string File => services.Facts?.ConfigurationFile ?? "";

    private async Task RulesAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var parameters = await ApiParameters.ReadAsync(context, services.Limits, cancellationToken);
        var withAlerts = !parameters.Flag("exclude_alerts");
        var rules = Chosen(parameters);
        var alerts = Firing();
        await using var response = Envelope.Begin(context);
        var json = response.Json;
        json.WriteStartObject();
        json.WriteStartArray("groups"u8);
        if (rules.Count > 0)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, Group);
            json.WriteString("file"u8, File);
            json.WriteStartArray("rules"u8);
            foreach (var rule in rules)
            {
                RuleJson.WriteRule(json, rule, [.. alerts.Where(a => a.Rule == rule.Name)], withAlerts);
            }

            json.WriteEndArray();
            json.WriteNumber("interval"u8, services.Alerts!.Interval.TotalSeconds);
            json.WriteNumber("limit"u8, 0);
            json.WriteNumber("evaluationTime"u8, rules.Sum(static r => r.LastElapsed.TotalSeconds));
            json.WriteString("lastEvaluation"u8, RuleJson.Time(rules.Max(static r => r.LastEvaluationMs)));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        await Envelope.EndAsync(response);
    }

    private async Task AlertsAsync(HttpContext context, CancellationToken cancellationToken)
    {
        await using var response = Envelope.Begin(context);
        var json = response.Json;
        json.WriteStartObject();
        json.WriteStartArray("alerts"u8);
        foreach (var alert in Firing())
        {
            RuleJson.WriteAlert(json, alert);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        await Envelope.EndAsync(response);
    }

    /// <summary>The rules that the request's filters leave; each kind of filter that is there must be met.</summary>
    private List<AlertRuleStatus> Chosen(ApiParameters parameters)
    {
        var type = parameters.First("type")?.ToLowerInvariant();
        if (type is not (null or "alert" or "record"))
        {
            throw ApiParameters.Invalid("type", $"not supported value \"{type}\": give alert or record");
        }

        var (names, groups, files) = (Set(parameters, "rule_name[]"), Set(parameters, "rule_group[]"), Set(parameters, "file[]"));
        var selectors = parameters.Selectors(services.Selectors);
        CheckPage(parameters);
        if (services.Alerts is not { } feed || type == "record"
            || (groups.Count > 0 && !groups.Contains(Group)) || (files.Count > 0 && !files.Contains(File)))
        {
            return [];
        }

        return
        [
            .. feed.Rules.Where(rule => names.Count == 0 || names.Contains(rule.Name))
                .Where(rule => selectors.Count == 0 || selectors.Exists(matchers => matchers.All(m => m.IsMatch(RuleJson.LabelsOf(rule))))),
        ];
    }

    /// <summary>Pages are of groups, and there is one group: a first page is all, and no token leads further.</summary>
    private static void CheckPage(ApiParameters parameters)
    {
        var token = parameters.First("group_next_token");
        if (parameters.First("group_limit") is null)
        {
            if (token is not null)
            {
                throw ApiParameters.Invalid("group_limit", "group_limit needs to be present in order to paginate over the groups");
            }

            return;
        }

        if (parameters.Limit("group_limit") == 0)
        {
            throw ApiParameters.Invalid("group_limit", "group_limit must be greater than 0");
        }

        if (token is not null)
        {
            throw ApiParameters.Invalid("group_next_token", $"invalid group_next_token: '{token}'. were rule groups changed?");
        }
    }

    private static HashSet<string> Set(ApiParameters parameters, string name) => parameters.All(name).ToHashSet(StringComparer.Ordinal);

    private IReadOnlyList<Alert> Firing() => [.. services.Alerts?.Current.Where(static a => a.State != AlertState.Resolved) ?? []];
}
