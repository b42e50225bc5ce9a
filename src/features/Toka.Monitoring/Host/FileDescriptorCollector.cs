using Toka.Monitoring.Collection;

namespace Toka.Monitoring.Host;

/// <summary>Open files of the whole host, <c>/proc/sys/fs/file-nr</c>.</summary>
internal sealed class FileDescriptorCollector(CollectorEnvironment environment) : ICollector
{
    private readonly SourceFile _file = environment.Proc("filefd", "sys/fs/file-nr");
    private readonly Series _allocated = environment.Node.Create(MetricFamily.Gauge("node_filefd_allocated", "Open files."));
    private readonly Series _maximum = environment.Node.Create(MetricFamily.Gauge("node_filefd_maximum", "Largest number of open files."));

    public string Name => "filefd";

    public void Collect(in CollectContext context, SampleSink sink)
    {
        if (!_file.TryRead(out var text))
        {
            return;
        }

        text = text.TrimEnd((byte)'\n');
        if (Fields.TryNumber(ref text, out var allocated) && Fields.TrySkip(ref text, 1) && Fields.TryNumber(ref text, out var maximum))
        {
            sink.Add(_allocated, allocated);
            sink.Add(_maximum, maximum);
        }
        else
        {
            _file.Malformed("is not three numbers");
        }
    }
}
