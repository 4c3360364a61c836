import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import java.util.List;

/** mongo-java-server in memory: it speaks MongoDB's protocol, and says that it is a version which today's driver takes. */
public class Server {
  public static void main(String[] arguments) throws Exception {
    MemoryBackend backend = new MemoryBackend();
    backend.version(
        new MongoVersion() {
          public List<Integer> getVersionArray() {
            return List.of(5, 0, 0);
          }

          public String toVersionString() {
            return "5.0.0";
          }

          public int getWireVersion() {
            return 13;
          }
        });
    new MongoServer(backend).bind("127.0.0.1", Integer.parseInt(arguments[0]));
    // It ends with whoever started it.
    while (System.in.read() != -1) {}
    System.exit(0);
  }
}
