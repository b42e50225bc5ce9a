using System.Runtime.InteropServices;
using Toka.Core.Errors;
using Toka.Server.Configuration;
using Toka.Server.Hosting;

namespace Toka.Server;

/// <summary>The host: reads the configuration, opens the stores, watches this machine, judges, and answers.</summary>
public static class TokaServer
{
    /// <summary>Serves until cancelled, SIGTERM or SIGINT. SIGHUP reloads the configuration.</summary>
    /// <param name="options">What was asked for by flags and environment.</param>
    /// <param name="cancellationToken">Ends it cleanly.</param>
    /// <returns>The exit status: 0 after a clean stop; 2 where an address, the configuration or the data directory cannot be used, with a line on standard error for each fault.</returns>
    public static async Task<int> RunAsync(ServeOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Stop(signal, stop));
        using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Stop(signal, stop));
        try
        {
            var listeners = Listeners.Parse(options);
            var file = new ConfigurationFile(options.ConfigFile, options.PrometheusConfigFile);
            var configuration = file.Load();
            if (!configuration.IsGood)
            {
                return Refuse(configuration.Faults);
            }

            using var data = DataDirectory.Open(options.DataDirectory);
            await using var parts = new ServerParts(options, configuration.Options, data);
            await using var host = new WebHost(listeners, parts, file, stop.Token);
            using var onHangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
            {
                signal.Cancel = true;
                _ = host.ReloadOnSignalAsync(stop.Token);
            });
            await host.RunAsync(stop.Token);
            return 0;
        }
        catch (BadInputException e)
        {
            return Refuse([e.Message]);
        }
    }

    private static void Stop(PosixSignalContext signal, CancellationTokenSource stop)
    {
        signal.Cancel = true;
        stop.Cancel();
    }

    private static int Refuse(IEnumerable<object> faults)
    {
        foreach (var fault in faults)
        {
            Console.Error.WriteLine(fault);
        }

        return 2;
    }
}
