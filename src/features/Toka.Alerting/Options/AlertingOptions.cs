using Toka.Alerting.Rules;
using Toka.Configuration.Binding;
using Toka.Core.Alerts;

namespace Toka.Alerting.Options;

/// <summary>Threshold rules of one's own and where alerts are sent (<c>alerting</c>).</summary>
public sealed record AlertingOptions
{
    /// <summary>Rules, count: each is a query at every evaluation.</summary>
    public const int RulesMax = 500;

    /// <summary>Webhooks, count: each is one connection and one sender.</summary>
    public const int WebhooksMax = 16;

    /// <summary>The default of every cooldown: long enough that a value which swings around its threshold does not send a message each time.</summary>
    public static readonly TimeSpan CooldownDefault = TimeSpan.FromMinutes(5);

    /// <summary>Where alerts are posted. Default none; at most <see cref="WebhooksMax"/>.</summary>
    public IReadOnlyList<WebhookOptions> Webhooks { get; init; } = [];

    /// <summary>Rules of one's own. Default none; at most <see cref="RulesMax"/>.</summary>
    public IReadOnlyList<ThresholdRuleOptions> Rules { get; init; } = [];

    /// <summary>Declares and takes the keys of <c>alerting</c>.</summary>
    /// <param name="section">The section.</param>
    /// <param name="checkExpression">Says what is wrong with a PromQL expression, or null where nothing is.</param>
    public static AlertingOptions Bind(ConfigSection section, Func<string, string?> checkExpression)
    {
        ArgumentNullException.ThrowIfNull(section);
        var names = new HashSet<string>(ShippedRules.Names, StringComparer.Ordinal);
        var urls = new HashSet<string>(StringComparer.Ordinal);
        return new AlertingOptions
        {
            Webhooks = section.List("webhooks", WebhooksMax, "Where alerts are posted.", s => WebhookOptions.Bind(s, urls)),
            Rules = section.List("rules", RulesMax, "Threshold rules of your own.", s => ThresholdRuleOptions.Bind(s, names, checkExpression)),
        };
    }
}

/// <summary>One receiver of alerts.</summary>
/// <param name="Url">An absolute http or https address; it may hold a secret and is never logged whole.</param>
public sealed record WebhookOptions(Uri Url)
{
    internal static WebhookOptions Bind(ConfigSection section, HashSet<string> urls)
    {
        var text = section.RequiredText("url", "The http or https address that alerts are posted to.");
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps))
        {
            if (text.Length > 0)
            {
                section.Fault("url", "is not an absolute address; write one like http://127.0.0.1:9000/hook");
            }

            return new WebhookOptions(new Uri("http://localhost/"));
        }

        if (!urls.Add(url.AbsoluteUri))
        {
            section.Fault("url", "is given to two webhooks; remove one");
        }

        return new WebhookOptions(url);
    }
}
