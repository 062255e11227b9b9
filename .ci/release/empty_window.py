"""The least that any frozen PySide6 program shows: what our own start is measured against."""

import sys

from PySide6.QtWidgets import QApplication, QMainWindow

application = QApplication(sys.argv[:1])
window = QMainWindow()
window.resize(1440, 900)  # as large as the program's first window
window.show()
sys.exit(application.exec())
